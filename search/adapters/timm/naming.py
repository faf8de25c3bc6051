"""What a classifier's classes are called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from search.errors import UsageError

_KEYS = ("class_names", "label_names", "classes", "labels")


def class_names(
    given: Sequence[str] | None, n_classes: int, checkpoint: Path, described: Mapping[str, Any]
) -> tuple[str, ...]:
    """A name for each class: as given, as the checkpoint says, ImageNet's, or numbers.

    Raises:
        UsageError: as many names were given as the model has no classes.
    """
    if given is not None:
        if len(given) != n_classes:
            raise UsageError(
                f"There are {len(given)} class names for {n_classes} classes.",
                hint="Give one name for each class, in the order of the model's outputs.",
            )
        return tuple(given)
    for found in (_in_metadata(checkpoint), _in_description(described)):
        if found is not None and len(found) == n_classes:
            return found
    return _imagenet(n_classes) or tuple(f"class {number}" for number in range(n_classes))


def _in_metadata(checkpoint: Path) -> tuple[str, ...] | None:
    """Names in the header of a safetensors file, as a JSON list."""
    if checkpoint.suffix != ".safetensors":
        return None
    from safetensors import safe_open

    with safe_open(checkpoint, "pt") as file:
        metadata = file.metadata() or {}
    for key in _KEYS:
        if key in metadata:
            try:
                return _as_names(json.loads(metadata[key]))
            except ValueError:
                continue
    return None


def _in_description(described: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Names in timm's `config.json`: spoken ones before synsets."""
    pretrained = described.get("pretrained_cfg")
    places = [described, pretrained if isinstance(pretrained, dict) else {}]
    for place in places:
        names = _as_names(place.get("label_names"))
        spoken = place.get("label_descriptions")
        if names is not None and isinstance(spoken, dict):
            return tuple(str(spoken.get(name, name)) for name in names)
        if names is not None:
            return names
    return None


def _as_names(found: object) -> tuple[str, ...] | None:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        return None
    return tuple(found)


def _imagenet(n_classes: int) -> tuple[str, ...] | None:
    if n_classes == 1000:
        from open_clip import IMAGENET_CLASSNAMES

        return tuple(IMAGENET_CLASSNAMES)
    from timm.data import ImageNetInfo
    from timm.data.imagenet_info import _NUM_CLASSES_TO_SUBSET

    subset = _NUM_CLASSES_TO_SUBSET.get(n_classes)
    if subset is None:
        return None
    return tuple(ImageNetInfo(subset).label_descriptions(detailed=False))
