"""The model card's pictures, from drawn scenes alone: `python -m benchmarks.tiny.pictures`."""

from __future__ import annotations

import argparse
import textwrap
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.tiny.tasks import SEED
from benchmarks.tiny.towers import Tiny
from training.prompts import category_texts
from training.scenery import scene_attributes, scene_categories
from training.scenes import CATEGORIES, draw, sample_scenes

QUERIES = (
    "an elephant on a beach",
    "three red balloons",
    "something to sit on",
    "a boat at sunset",
    "two dotted mugs",
    "musical instrument",
)
_N_SCENES, _N_SHOWN, _PX, _TEXT_PX = 600, 5, 96, 18
_MISTAKES, _MISTAKES_A_ROW, _MISTAKE_PX, _LINE_PX = 12, 4, 144, 13


def hit_sheet(tiny: Tiny, path: Path) -> None:
    """One row a query with its first five hits among 600 scenes of unseen combinations."""
    scenes = sample_scenes(_N_SCENES, SEED, "heldout", distinct=True)
    images = tiny.images([partial(draw, scene, size=144) for scene in scenes])
    scores = tiny.texts(QUERIES) @ images.T
    height = _PX + _TEXT_PX
    sheet = Image.new("RGB", (_N_SHOWN * _PX, len(QUERIES) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (query, found) in enumerate(zip(QUERIES, scores, strict=True)):
        pen.text((4, row * height + 3), query, fill="black")
        for place, index in enumerate((-found).argsort()[:_N_SHOWN]):
            picture = draw(scenes[index], size=_PX)
            sheet.paste(picture, (place * _PX, row * height + _TEXT_PX))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=85)


def mistake_sheet(tiny: Tiny, path: Path) -> None:
    """The surest wrong categories among 1,000 scenes of unseen combinations: what is drawn, what
    it was taken for, and at which rank its own caption finds it."""
    scenes = sample_scenes(1_000, SEED, "heldout", distinct=True)
    images = tiny.images([partial(draw, scene, size=144) for scene in scenes])
    categories = tiny.classes([category_texts(name) for name in CATEGORIES])
    captions = tiny.texts([scene.full_caption for scene in scenes]) @ images.T
    ranks = (captions > captions.diagonal()[:, None]).sum(1) + 1
    scores = images @ categories.T
    shown = scene_categories(scene_attributes(scenes)) > 0
    said = scores.argmax(1)
    best_shown = np.where(shown, scores, -np.inf).max(1)
    surest = sorted(
        (row for row in range(len(scenes)) if not shown[row, said[row]]),
        key=lambda row: best_shown[row] - scores[row, said[row]],
    )[:_MISTAKES]
    height = _MISTAKE_PX + 4 * _LINE_PX
    n_rows = -(-len(surest) // _MISTAKES_A_ROW)
    sheet = Image.new("RGB", (_MISTAKES_A_ROW * _MISTAKE_PX, max(1, n_rows) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for place, row in enumerate(surest):
        left, top = place % _MISTAKES_A_ROW * _MISTAKE_PX, place // _MISTAKES_A_ROW * height
        sheet.paste(draw(scenes[row], size=_MISTAKE_PX), (left, top))
        lines = [
            *textwrap.wrap(scenes[row].full_caption, 26)[:2],
            f"taken for: {CATEGORIES[said[row]]}",
            f"caption finds it at {ranks[row]}",
        ]
        for number, line in enumerate(lines):
            pen.text((left + 2, top + _MISTAKE_PX + number * _LINE_PX), line, fill="black")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=85)


def main() -> None:
    """Write the sheets of hits and of mistakes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiny.pictures")
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    chosen = parser.parse_args()
    tiny = Tiny()
    hit_sheet(tiny, chosen.folder / "tiny-hits.jpg")
    mistake_sheet(tiny, chosen.folder / "tiny-mistakes.jpg")


if __name__ == "__main__":
    main()
