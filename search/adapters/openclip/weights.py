"""Finds a model's files: on this machine first, on the network only where that is allowed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search.adapters.openclip.hub import from_hub, unavailable
from search.adapters.openclip.specs import (
    CONFIG_NAME,
    FileSpec,
    HubSpec,
    TagSpec,
    architectures,
    unknown_architecture,
    unknown_tag,
)
from search.errors import NotFoundError, UsageError

WEIGHTS_NAMES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""What weights are called in a repository of the Hub, the preferred format first."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """All that a model is made of, on this machine.

    Attributes:
        config: open_clip's `model_cfg`: embed_dim, vision_cfg, text_cfg, ...
        preprocessing: open_clip's `preprocess_cfg`; what is missing takes open_clip's defaults.
        checkpoint: the weights.
        folder: where the configuration lies, and tokenizer files may lie, beside the weights.
    """

    config: Mapping[str, Any]
    checkpoint: Path
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None


def locate(spec: TagSpec | HubSpec | FileSpec, *, offline: bool) -> ModelFiles:
    """Find a model's files, downloading them where they are not at hand and `offline` is False.

    No network is used when everything is at hand; a download that broke off is never taken for
    the whole.

    Raises:
        ModelUnavailableError: neither at hand nor to be had.
        NotFoundError: no such checkpoint.
        UsageError: open_clip does not know the tag, or a configuration cannot be read.
    """
    if isinstance(spec, FileSpec):
        return _locate_file(spec)
    if isinstance(spec, HubSpec):
        return _locate_repository(spec, offline=offline)
    return _locate_tag(spec, offline=offline)


def _locate_file(spec: FileSpec) -> ModelFiles:
    checkpoint = spec.checkpoint.absolute()
    if not checkpoint.is_file():
        raise NotFoundError(
            f"There is no checkpoint {checkpoint}.",
            hint="Give the path of a .safetensors, .pt or .bin file after the @.",
        )
    if spec.architecture in architectures():
        return ModelFiles(_shipped_config(spec.architecture), checkpoint)
    described = checkpoint.parent / CONFIG_NAME
    if not described.is_file():
        raise unknown_architecture(spec.architecture)
    return read_folder(checkpoint.parent, checkpoint)


def read_folder(folder: Path, checkpoint: Path) -> ModelFiles:
    """The model that `open_clip_config.json` in a folder describes."""
    path = folder / CONFIG_NAME
    try:
        described = json.loads(path.read_text("utf-8"))
        config, preprocessing = described["model_cfg"], described.get("preprocess_cfg", {})
        if not all(isinstance(config[part], dict) for part in ("vision_cfg", "text_cfg")):
            raise TypeError("the towers are not described")
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UsageError(
            f"{path} does not describe an open_clip model.",
            hint='It has to be JSON with "model_cfg" and, where wanted, "preprocess_cfg".',
        ) from exc
    return ModelFiles(config, checkpoint, preprocessing, folder)


def _shipped_config(architecture: str) -> dict[str, Any]:
    import open_clip

    config = open_clip.get_model_config(architecture)
    if config is None:
        raise unknown_architecture(architecture)
    return dict(config)


def _locate_tag(spec: TagSpec, *, offline: bool) -> ModelFiles:
    import open_clip

    pretrained = open_clip.get_pretrained_cfg(spec.architecture, spec.tag)
    if not pretrained:
        raise unknown_tag(spec, open_clip.list_pretrained_tags_by_model(spec.architecture))
    config = _shipped_config(spec.architecture)
    if pretrained.get("quick_gelu"):
        # These weights were trained with OpenAI's GELU; with the exact one they embed worse.
        config["quick_gelu"] = True
    repository, _, filename = str(pretrained.get("hf_hub") or "").rpartition("/")
    what = f"The weights of {spec.architecture}/{spec.tag}"
    if repository:
        checkpoint = from_hub(repository, _candidates(filename), what=what, offline=offline)
    else:
        checkpoint = _from_url(str(pretrained.get("url") or ""), what=what, offline=offline)
    return ModelFiles(config, checkpoint, pretrained)


def _locate_repository(spec: HubSpec, *, offline: bool) -> ModelFiles:
    what = f"The weights of hf-hub:{spec.repository}"
    described = from_hub(spec.repository, (CONFIG_NAME,), what=what, offline=offline)
    checkpoint = from_hub(spec.repository, WEIGHTS_NAMES, what=what, offline=offline)
    return read_folder(described.parent, checkpoint)


def _candidates(filename: str) -> tuple[str, ...]:
    """Names that the same weights may have in a repository, safetensors first."""
    if not filename:
        return WEIGHTS_NAMES
    stem, dot, suffix = filename.rpartition(".")
    safe = (f"{stem}.safetensors",) if dot and suffix in ("bin", "pth", "pt") else ()
    return (*safe, filename)


def _from_url(url: str, *, what: str, offline: bool) -> Path:
    """A file of open_clip's own cache, downloaded whole or not at all."""
    folder = Path("~/.cache/clip").expanduser()
    target = folder / url.rpartition("/")[2]
    expected = _expected_digest(url)
    if target.is_file() and (not expected or _file_digest(target).startswith(expected)):
        return target
    if offline or not url:
        raise unavailable(what, "downloads are switched off")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _download(url, target, expected)
    except (OSError, ValueError) as exc:
        raise unavailable(what, f"they cannot be downloaded from {url}") from exc
    return target


def _download(url: str, target: Path, expected: str) -> None:
    """Download beside the target and rename, so that a broken download is never seen."""
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=60) as source:
            while block := source.read(1 << 20):
                out.write(block)
            length = source.headers.get("Content-Length")
            if length is not None and out.tell() != int(length):
                raise OSError(f"{out.tell()} of {length} bytes arrived")
        if expected and not _file_digest(Path(part)).startswith(expected):
            raise OSError("the file that arrived does not have the digest in its name")
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)


def _expected_digest(url: str) -> str:
    """SHA-256, or its start, where open_clip's addresses carry one."""
    if "openaipublic" in url:
        return url.split("/")[-2]
    if "mlfoundations" in url:
        return url.rpartition("/")[2].rpartition(".")[0].rpartition("-")[2]
    return ""


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
