"""Drawn scenes to learn from: pictures kept on disk, captions, and what each one shows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.crops import CROP_PX
from training.scenes import (
    CATEGORIES,
    COLOURS,
    PATTERNS,
    PLACES,
    THINGS,
    Scene,
    draw,
    sample_scenes,
)
from training.scenes.words import RELATIONS

_DRAWN_PX = 144
_N_SLOTS = 8
_SECOND_SLOT = 5
_NONE = "none"


def attribute_names() -> list[str]:
    """Every value of every attribute, slot by slot; an attribute's number is its place here."""
    slots: list[Sequence[str]] = [
        tuple(THINGS),
        COLOURS,
        PATTERNS,
        [str(count) for count in range(1, 6)],
        tuple(PLACES),
        (_NONE, *THINGS),
        (_NONE, *COLOURS),
        (_NONE, *RELATIONS),
    ]
    return [f"{slot} {value}" for slot, values in enumerate(slots) for value in values]


def scene_attributes(scenes: Sequence[Scene]) -> NDArray[np.int64]:
    """What scenes show, as numbers of attributes: int64 (n_scenes, 8)."""
    number = {name: index for index, name in enumerate(attribute_names())}
    rows = np.empty((len(scenes), _N_SLOTS), np.int64)
    for row, scene in zip(rows, scenes, strict=True):
        second = scene.second
        values = (
            scene.object,
            scene.colour,
            scene.pattern,
            str(scene.count),
            scene.place,
            second.object if second else _NONE,
            second.colour if second else _NONE,
            second.relation if second else _NONE,
        )
        row[:] = [number[f"{slot} {value}"] for slot, value in enumerate(values)]
    return rows


def scene_categories(shown: NDArray[np.int64]) -> NDArray[np.float32]:
    """How much of each scene is of each of CATEGORIES: float32 (n_scenes, n_categories).

    Rows sum to one: a scene that shows two things is half of the one's kind, half of the other's.

    Args:
        shown: int64 (n_scenes, 8), as `scene_attributes` gives it; things are numbered first.
    """
    of_thing = np.array([CATEGORIES.index(words.category) for words in THINGS.values()])
    first_second = attribute_names().index(f"{_SECOND_SLOT} {_NONE}")
    second = shown[:, _SECOND_SLOT] - first_second - 1
    is_alone = second < 0
    one = np.eye(len(CATEGORIES), dtype=np.float32)
    main = one[of_thing[shown[:, 0]]]
    return np.where(is_alone[:, None], main, (main + one[of_thing[second]]) / 2)


def draw_scenes(n: int, seed: int, path: Path) -> NDArray[np.uint8]:
    """Pictures of the first `n` training scenes of a seed: uint8 (n, 129, 129, 3), mapped."""
    if not path.exists():
        scenes = sample_scenes(n, seed, "train")
        aside = path.with_suffix(".partial.npy")
        shape = (n, CROP_PX, CROP_PX, 3)
        pictures = np.lib.format.open_memmap(aside, "w+", np.uint8, shape)
        with ProcessPoolExecutor(2) as pool:
            for row, picture in enumerate(pool.map(_drawn, scenes, chunksize=64)):
                pictures[row] = picture
        pictures.flush()
        aside.rename(path)
    return np.asarray(np.load(path, mmap_mode="r"))


def _drawn(scene: Scene) -> NDArray[np.uint8]:
    picture = draw(scene, size=_DRAWN_PX)
    return np.asarray(picture.resize((CROP_PX, CROP_PX), Image.Resampling.BICUBIC))
