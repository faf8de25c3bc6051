"""Finds a classifier's weights: a named file, the Hub's cache, and then the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search.adapters.openclip.hub import from_hub, unavailable
from search.adapters.timm.specs import ClassifierSpec
from search.errors import NotFoundError

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class ClassifierFiles:
    """A checkpoint and what is written beside it.

    Attributes:
        described: timm's `config.json`, empty where there is none.
    """

    checkpoint: Path
    described: Mapping[str, Any] = field(default_factory=dict)


def locate(spec: ClassifierSpec, repository: str, *, offline: bool) -> ClassifierFiles:
    """Find the weights.

    Args:
        repository: where timm keeps them on the Hub; empty where nowhere.
    Raises:
        NotFoundError: no such file.
        ModelUnavailableError: neither at hand nor to be had.
    """
    if spec.checkpoint is not None:
        path = spec.checkpoint.absolute()
        if not path.is_file():
            raise NotFoundError(
                f"There is no checkpoint {path}.",
                hint="Give the path of a .safetensors, .pt or .bin file after the @.",
            )
        return ClassifierFiles(path, _read(path.with_name(_CONFIG)))
    what = f"The weights of {spec}"
    otherwise = f"name a file, as in timm:{spec.name}@/path/to/weights"
    if not repository:
        raise unavailable(what, "timm names no place to fetch them from", otherwise)
    checkpoint = from_hub(
        repository,
        _WEIGHTS,
        what=what,
        offline=offline,
        described_by=_CONFIG,
        otherwise=otherwise,
    )
    return ClassifierFiles(checkpoint, _read(checkpoint.with_name(_CONFIG)))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
