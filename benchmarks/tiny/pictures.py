"""The model card's pictures, from drawn scenes alone: `python -m benchmarks.tiny.pictures`."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.tiny.tasks import SEED
from benchmarks.tiny.towers import Tiny
from training.scenes import draw, sample_scenes

QUERIES = (
    "an elephant on a beach",
    "three red balloons",
    "something to sit on",
    "a boat at sunset",
    "two dotted mugs",
    "musical instrument",
)
_N_SCENES, _N_SHOWN, _PX, _TEXT_PX = 600, 5, 96, 18


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


def main() -> None:
    """Write the sheet of hits."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiny.pictures")
    parser.add_argument("--out", type=Path, default=Path("docs/images/tiny-hits.jpg"))
    chosen = parser.parse_args()
    hit_sheet(Tiny(), chosen.out)


if __name__ == "__main__":
    main()
