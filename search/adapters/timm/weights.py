"""Finds a classifier's weights: a named file, the Hub's cache, and then the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search.adapters.openclip.hub import ask_hub
from search.adapters.timm.specs import ClassifierSpec
from search.errors import ModelUnavailableError, NotFoundError

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
    if not repository:
        raise _unavailable(spec, "timm names no place to fetch them from")
    cached = _cached(repository)
    if cached is None and offline:
        raise _unavailable(spec, "downloads are switched off")
    checkpoint = cached or _download(spec, repository)
    return ClassifierFiles(checkpoint, _read(checkpoint.with_name(_CONFIG)))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _cached(repository: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    for name in _WEIGHTS:
        found = try_to_load_from_cache(repository, name)
        if isinstance(found, str) and Path(found).is_file():
            return Path(found)
    return None


def _download(spec: ClassifierSpec, repository: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    reason: Exception | None = None
    for name in _WEIGHTS:
        try:
            ask_hub(repository, name)
            hf_hub_download(repository, _CONFIG)
            return Path(hf_hub_download(repository, name))
        except EntryNotFoundError as exc:
            reason = exc
        except Exception as exc:  # What a connection raises depends on the client's version.
            reason = exc
            break
    raise _unavailable(spec, f"they cannot be downloaded from {repository}") from reason


def _unavailable(spec: ClassifierSpec, why: str) -> ModelUnavailableError:
    return ModelUnavailableError(
        f"The weights of {spec} are not on this machine and {why}: connect this machine to the "
        f"network once to fetch them, or name a file, as in timm:{spec.name}@/path/to/weights."
    )
