"""From a classifier's spec to a loaded model."""

from __future__ import annotations

import difflib
import math
import pickle
from collections.abc import Mapping, Sequence
from typing import Any

import timm
import torch
from safetensors import SafetensorError

from search.adapters.openclip.hardware import choose_device
from search.adapters.timm.classifier import TimmClassifier
from search.adapters.timm.naming import class_names
from search.adapters.timm.specs import FORMS, ClassifierSpec
from search.adapters.timm.weights import ClassifierFiles, locate
from search.domain.space import Preprocessing
from search.errors import ModelUnavailableError, UsageError

_UNREADABLE = (
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    SafetensorError,
    ValueError,
    pickle.UnpicklingError,
)


def open_parsed(
    spec: ClassifierSpec, *, names: Sequence[str] | None, device: str, offline: bool
) -> TimmClassifier:
    """See `search.adapters.timm.open_classifier`."""
    on = choose_device(device)
    if not timm.is_model(spec.name):
        raise _unknown(spec.name)
    known = timm.get_pretrained_cfg(spec.name)
    files = locate(spec, str(known.hf_hub_id or "") if known else "", offline=offline)
    model, wishes = _load(spec, files)
    n_classes = int(model.num_classes)
    return TimmClassifier(
        str(spec),
        model.to(on),
        class_names(names, n_classes, files.checkpoint, files.described),
        device=on,
        wishes=wishes,
        preprocessing=_decoding(wishes),
    )


def _load(spec: ClassifierSpec, files: ClassifierFiles) -> tuple[Any, dict[str, Any]]:
    """The model with its weights, and timm's data configuration of it."""
    wrong = ModelUnavailableError(
        f"{files.checkpoint} does not hold weights of {spec.name}.",
        hint="Check that the file is whole and that the name before it is its architecture.",
    )
    overlay = files.described.get("pretrained_cfg")
    try:
        tensors = timm.models.load_state_dict(str(files.checkpoint), device="cpu")
        model = timm.create_model(
            spec.name,
            pretrained=False,
            num_classes=_count_classes(spec.name, tensors),
            pretrained_cfg_overlay=dict(overlay) if isinstance(overlay, dict) else None,
        )
        model.load_state_dict(tensors)
    except _UNREADABLE as exc:
        raise wrong from exc
    wishes: dict[str, Any] = timm.data.resolve_data_config({}, model=model)
    return model.eval().requires_grad_(False), wishes


def _count_classes(name: str, tensors: Mapping[str, torch.Tensor]) -> int:
    """Rows of the last layer, so that a fine-tuned model keeps its own classes."""
    known = timm.get_pretrained_cfg(name)
    last = known.classifier if known else ""
    first = last if isinstance(last, str) else last[0]
    found = tensors.get(f"{first}.weight")
    if found is None:
        found = tensors.get(f"{first}.fc.weight")
    return 1000 if found is None else int(found.shape[0])


def _decoding(wishes: Mapping[str, Any]) -> Preprocessing:
    """The size that timm resizes to before it crops, so that no more has to be decoded."""
    _, height, width = wishes["input_size"]
    share = float(wishes["crop_pct"])
    modes = {"squash": "squash", "border": "longest"}
    kept = wishes["interpolation"] in ("bicubic", "bilinear", "nearest")
    mean, std = wishes["mean"], wishes["std"]
    return Preprocessing(
        height=math.floor(height / share),
        width=math.floor(width / share),
        resize_mode=modes.get(wishes["crop_mode"], "shortest"),  # type: ignore[arg-type]
        interpolation=wishes["interpolation"] if kept else "bicubic",
        mean=(float(mean[0]), float(mean[1]), float(mean[2])),
        std=(float(std[0]), float(std[1]), float(std[2])),
    )


def _unknown(name: str) -> UsageError:
    base = name.partition(".")[0]
    close = difflib.get_close_matches(base, timm.list_models(), n=3)
    hint = f"Did you mean {', '.join(close)}? {FORMS}" if close else FORMS
    return UsageError(f"timm has no model {name!r}.", hint=hint)
