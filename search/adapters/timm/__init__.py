"""timm behind the port `Classifier`; torch is loaded when a model is opened, not before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.adapters.timm.specs import parse_spec

if TYPE_CHECKING:
    from search.adapters.timm.classifier import TimmClassifier

__all__ = ["open_classifier", "parse_spec"]


def open_classifier(
    spec: str,
    *,
    names: Sequence[str] | None = None,
    device: str = "auto",
    offline: bool = False,
) -> TimmClassifier:
    """Load the classifier that a spec names.

    Args:
        spec: `timm:resnet50`, or `timm:resnet50@/path/to/weights.safetensors`.
        names: of its classes, in order; None takes what the checkpoint says, else ImageNet's.
        device: see `openclip.open_embedder`.
        offline: never try to download.
    Raises:
        UsageError: not a spec, a model timm does not know, names that do not fit its classes.
        NotFoundError: no such file.
        ModelUnavailableError: weights that are neither at hand nor to be had.
    """
    parsed = parse_spec(spec)
    from search.adapters.timm.opening import open_parsed

    return open_parsed(parsed, names=names, device=device, offline=offline)
