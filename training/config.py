"""What a training run is told: one TOML file, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class ImageStage:
    """One stage of the image tower. Rates are AdamW's; `decay_from` is a share of the steps.

    `scene_weight` multiplies what drawn scenes add to the loss. `freeze_norms` keeps the batch
    norms' statistics as they are and folds them into the convolutions, which makes a step on a
    CPU 1.7 times faster; it wants a tower that was trained before.
    """

    n_steps: int
    batch: int
    px: int
    rate: float
    weight_decay: float
    warmup: int
    decay_from: float
    checkpoint_every: int
    compile: bool
    n_scenes: int = 0
    batch_scenes: int = 0
    scene_weight: float = 1.0
    freeze_norms: bool = False


@dataclass(frozen=True)
class TextStage:
    """A stage without pictures: the anchors, or the text tower."""

    n_steps: int
    batch: int
    rate: float
    weight_decay: float
    warmup: int
    checkpoint_every: int


@dataclass(frozen=True)
class TrainingConfig:
    """A whole run. `sources` names the photo sets, `vocabulary_size` counts all tokens, and
    `image_px` is the side of the picture that the finished model takes.

    `max_photos` and `max_words` limit a trial run (0: no limit); of the drawn scenes, the
    captions of the first
    `n_described_scenes` are read by the sentence teacher. `start_from` is a folder of exported
    weights to go on from, relative to the working directory; empty begins at random weights.
    """

    name: str
    seed: int
    sources: tuple[str, ...]
    terms: str
    vocabulary_size: int
    image_px: int
    max_photos: int
    n_described_scenes: int
    max_words: int
    blocks: ImageStage
    anchors: TextStage
    text: TextStage
    join: ImageStage
    polish: ImageStage
    settle: TextStage
    start_from: str = ""


def read_config(path: Path) -> TrainingConfig:
    """Read a run's description.

    Raises:
        ValueError: a key is missing or is not one we know.
    """
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    stages = {
        "blocks": _build(ImageStage, raw.pop("blocks")),
        "anchors": _build(TextStage, raw.pop("anchors")),
        "text": _build(TextStage, raw.pop("text")),
        "join": _build(ImageStage, raw.pop("join")),
        "polish": _build(ImageStage, raw.pop("polish")),
        "settle": _build(TextStage, raw.pop("settle")),
    }
    raw["sources"] = tuple(raw["sources"])
    return _build(TrainingConfig, {**raw, **stages})


def _build(kind: type[T], raw: dict[str, Any]) -> T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := set(raw) - known:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    try:
        return kind(**raw)
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error
