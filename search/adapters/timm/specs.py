"""Classifier specs: what a person writes to name a closed-set classifier."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from search.errors import UsageError

PREFIX = "timm:"
FORMS = "A classifier is `timm:NAME` or `timm:NAME@/path/to/weights`, such as timm:resnet50."

SPOKEN = {
    "vit-b/16": "vit_base_patch16_224",
    "vit-l/16": "vit_large_patch16_224",
    "swin": "swin_base_patch4_window7_224",
    "swin-t": "swin_tiny_patch4_window7_224",
    "swin-b": "swin_base_patch4_window7_224",
    "resnet-50": "resnet50",
    "efficientnet": "efficientnet_b0",
    "inception": "inception_v3",
    "inception-v3": "inception_v3",
    "vgg-16": "vgg16",
}
"""What papers call a model, and what timm does."""


@dataclass(frozen=True, slots=True)
class ClassifierSpec:
    """A model of timm, and a file with its weights where they are not timm's own."""

    name: str
    checkpoint: Path | None = None

    def __str__(self) -> str:
        behind = "" if self.checkpoint is None else f"@{self.checkpoint.absolute()}"
        return f"{PREFIX}{self.name}{behind}"


def parse_spec(text: str) -> ClassifierSpec:
    """Read a classifier spec.

    Raises:
        UsageError: not a spec.
    """
    spec = text.strip()
    if not spec.startswith(PREFIX):
        raise UsageError(f"{text!r} does not name a classifier.", hint=FORMS)
    name, at, path = spec.removeprefix(PREFIX).partition("@")
    if not name or (at and not path):
        raise UsageError(f"{text!r} does not name a classifier.", hint=FORMS)
    name = SPOKEN.get(name.casefold(), name)
    return ClassifierSpec(name, Path(path).expanduser() if path else None)
