"""Checkpoints with fixed random weights, so that tests need no download."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

SMALL_VIT: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
"""CLIP in small."""

SMALL_SIGLIP: dict[str, Any] = {
    "embed_dim": 64,
    "init_logit_bias": -10,
    "custom_text": True,
    "vision_cfg": {"image_size": 160, "timm_model_name": "test_vit", "timm_pool": "avg"},
    "text_cfg": {
        "context_length": 16,
        "vocab_size": 49408,
        "tokenizer_kwargs": {"clean": "canonicalize"},
        "width": 32,
        "heads": 2,
        "layers": 2,
        "no_causal_mask": True,
        "pool_type": "last",
        "proj_bias": True,
    },
}
"""SigLIP in small: a timm image tower, sigmoid with a bias, text without case or punctuation."""

SMALL_CONVNET: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "timm_model_name": "mobilenetv4_conv_small", "timm_proj": ""},
    "text_cfg": SMALL_VIT["text_cfg"],
}
"""A convolutional image tower from timm."""


def random_checkpoint(architecture: str, seed: int) -> Path:
    """A safetensors file of an architecture of open_clip with weights drawn from a seed.

    Made once and kept in the user's cache, per version of open_clip: ViT-B-32 takes 600 MB and
    some seconds.
    """
    import open_clip

    folder = user_cache_path("sightline") / "test-models" / open_clip.__version__
    path = folder / f"{architecture}-{seed}.safetensors"
    if not path.is_file():
        config = open_clip.get_model_config(architecture)
        folder.mkdir(parents=True, exist_ok=True)
        _write(config, seed, path)
    return path


def described_checkpoint(
    folder: Path,
    config: Mapping[str, Any],
    *,
    seed: int = 0,
    preprocessing: Mapping[str, Any] | None = None,
    filename: str = "open_clip_model.safetensors",
) -> Path:
    """A model of one's own in open_clip's folder format; gives the checkpoint's path.

    `ANY-NAME@` before it is a spec that opens it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    described = {"model_cfg": config, "preprocess_cfg": dict(preprocessing or {})}
    (folder / "open_clip_config.json").write_text(json.dumps(described), "utf-8")
    path = folder / filename
    _write(config, seed, path)
    return path


def _write(config: Mapping[str, Any], seed: int, path: Path) -> None:
    import torch

    part = path.with_name(f"{path.name}.{seed}.part")
    tensors = random_tensors(config, seed)
    if path.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(tensors, part)
    else:
        torch.save(tensors, part)
    part.replace(path)  # so that a test run that was killed leaves no half of a file


def random_tensors(config: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A state dict of fixed random weights: open_clip's own initial values, drawn from a seed."""
    import copy

    import open_clip
    import torch

    settings = copy.deepcopy(dict(config))
    custom = settings.pop("custom_text", False) or "hf_model_name" in settings["text_cfg"]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**settings)
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
