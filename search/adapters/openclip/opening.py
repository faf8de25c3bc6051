"""From a spec to a loaded model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from search.adapters.openclip.batching import BatchSize
from search.adapters.openclip.digest import weights_digest
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.adapters.openclip.hardware import choose_device, choose_precision
from search.adapters.openclip.loading import build_model, build_tokenizer, preprocessing_of
from search.adapters.openclip.placing import place
from search.adapters.openclip.rewriting import rewritten_image, rewritten_text
from search.adapters.openclip.specs import (
    HUB_PREFIX,
    FileSpec,
    HubSpec,
    ModelSpec,
    TinySpec,
)
from search.adapters.openclip.towers import probe_pixels, split
from search.adapters.openclip.weights import WEIGHTS_NAMES, ModelFiles, locate, read_folder
from search.domain.space import EmbeddingSpace
from search.errors import ModelUnavailableError

PROBE_TEXTS = ["a photo of a dog.", "red"]


def open_parsed(
    spec: ModelSpec, *, device: str, precision: str, offline: bool, batch_size: int
) -> OpenClipEmbedder:
    """See `search.adapters.openclip.open_embedder`."""
    on = choose_device(device)
    files = tiny_files() if isinstance(spec, TinySpec) else locate(spec, offline=offline)
    tokenizer = build_tokenizer(files, offline=offline)
    model = cast(Any, build_model(files, offline=offline))
    preprocessing = preprocessing_of(model, files)
    digest = weights_digest(model.state_dict(), quick_gelu=bool(files.config.get("quick_gelu")))
    scale, bias = float(model.logit_scale.exp()), model.logit_bias
    image, text = split(model, preprocessing)
    dtype, insist = choose_precision(precision, on), precision != "auto"
    pixels, tokens = probe_pixels(preprocessing), tokenizer(PROBE_TEXTS)
    image, text = rewritten_image(image, pixels, on), rewritten_text(text, tokens)
    image = place(image, pixels, device=on, dtype=dtype, insist=insist)
    text = place(text, tokens, device=on, dtype=dtype, insist=insist)
    return OpenClipEmbedder(
        EmbeddingSpace(spec_text(spec), digest, int(files.config["embed_dim"]), preprocessing),
        image,
        text,
        tokenizer,
        device=on,
        batch_size=BatchSize(preprocessing, on, batch_size),
        context_length=int(cast(Any, tokenizer).context_length),
        logit_scale=scale,
        logit_bias=None if bias is None else float(bias),
    )


def spec_text(spec: ModelSpec) -> str:
    """A spec as text that opens the same model from any working folder."""
    if isinstance(spec, TinySpec):
        return "tiny"
    if isinstance(spec, HubSpec):
        return f"{HUB_PREFIX}{spec.repository}"
    if isinstance(spec, FileSpec):
        return f"{spec.architecture}@{spec.checkpoint.absolute()}"
    return f"{spec.architecture}/{spec.tag}"


def tiny_files() -> ModelFiles:
    """The files of the model that ships with the program."""
    folder = Path(__file__).parent / "tiny"
    checkpoint = folder / WEIGHTS_NAMES[0]
    if not checkpoint.is_file():
        raise ModelUnavailableError(
            "This installation lacks the files of the model tiny.", hint="Install Sightline again."
        )
    return read_folder(folder, checkpoint)
