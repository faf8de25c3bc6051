"""Models of open_clip's architectures with random weights, drawn where they are measured."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.device import device
from search.adapters.openclip.loading import build_model, build_tokenizer, preprocessing_of
from search.adapters.openclip.opening import PROBE_TEXTS
from search.adapters.openclip.towers import ImageTower, TextTower, probe_pixels, split
from search.adapters.openclip.weights import read_folder
from search.domain.space import Preprocessing

SEED = 0
SMALL = "small"
_OPEN_CLIPS_VOCABULARY = 49408
_SIGLIPS_PICTURES = {"resize_mode": "squash", "mean": [0.5] * 3, "std": [0.5] * 3}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A checkpoint in open_clip's folder format; `spec` opens it."""

    architecture: str
    checkpoint: Path

    @property
    def spec(self) -> str:
        return f"{self.architecture}-drawn@{self.checkpoint}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model's towers as open_clip builds them, in float32 on the processor."""

    image: ImageTower
    text: TextTower
    pixels: torch.Tensor
    tokens: torch.Tensor
    preprocessing: Preprocessing


def draw(architecture: str, folder: Path) -> Drawn:
    """Write the checkpoint, drawn from `SEED` on the device that is there."""
    import open_clip
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = _config(architecture)
    described = {"model_cfg": config, "preprocess_cfg": _pictures(architecture)}
    (folder / "open_clip_config.json").write_text(json.dumps(described), "utf-8")
    settings = copy.deepcopy(config)
    custom = settings.pop("custom_text", False)
    torch.manual_seed(SEED)
    with device():
        model = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**settings)
    checkpoint = folder / "open_clip_model.safetensors"
    save_file({k: v.cpu().contiguous() for k, v in model.state_dict().items()}, checkpoint)
    return Drawn(architecture, checkpoint)


def load(drawn: Drawn) -> Loaded:
    """The towers before anything is rewritten, and the probes they are compared on."""
    files = read_folder(drawn.checkpoint.parent, drawn.checkpoint)
    model = build_model(files, offline=True)
    preprocessing = preprocessing_of(model, files)
    image, text = split(model, preprocessing)
    tokens = build_tokenizer(files, offline=True)(PROBE_TEXTS)
    return Loaded(image, text, probe_pixels(preprocessing), tokens, preprocessing)


def _config(architecture: str) -> dict[str, Any]:
    import open_clip

    if architecture == SMALL:
        from tests.support.models import SMALL_VIT

        return copy.deepcopy(SMALL_VIT)
    config = copy.deepcopy(open_clip.get_model_config(architecture))
    if config["text_cfg"].pop("hf_tokenizer_name", None):
        # Tokenizers of the Hub are files of their own; open_clip's cost the tower the same.
        config["text_cfg"]["vocab_size"] = _OPEN_CLIPS_VOCABULARY
    if "timm_model_name" in config["vision_cfg"]:
        config["vision_cfg"]["timm_model_pretrained"] = False
    return config


def _pictures(architecture: str) -> dict[str, Any]:
    return dict(_SIGLIPS_PICTURES) if "SigLIP" in architecture else {}
