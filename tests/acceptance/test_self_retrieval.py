"""A photo given back at another size and quality finds itself first, by embeddings alone."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from search.bootstrap import open_embedder, open_generation_store, open_index_builder
from search.domain.query import ImageTerm, Query
from search.retrieval import Searcher
from search.settings import Settings
from tests.support.figures import Report
from tests.support.galleries import GalleryUnderTest

LEAST_SHARE = 0.995
DUPLICATE_DIFFERENCE = 6.0
"""Mean difference of two photos' grey values at 64 x 64, in [0, 255], below which they show the
same: a copy, a burst's neighbour, another compression."""


def load(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def given_back(path: Path, chance: random.Random) -> Image.Image:
    """The photo as somebody else would have it: other pixels, other bytes.

    Not smaller than what the model looks at (129 pixels; the photos' short side is 136 to 168).
    """
    image = load(path)
    scale = chance.choice([chance.uniform(0.8, 0.95), chance.uniform(1.05, 1.6)])
    size = (max(32, round(image.width * scale)), max(32, round(image.height * scale)))
    written = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(
        written, "JPEG", quality=chance.randint(60, 90)
    )
    return Image.open(io.BytesIO(written.getvalue())).convert("RGB")


def difference(one: Path, other: Path) -> float:
    grey = [
        np.asarray(load(path).convert("L").resize((64, 64)), np.float32) for path in (one, other)
    ]
    return float(np.abs(grey[0] - grey[1]).mean())


@pytest.mark.parametrize("n_photos", [60, pytest.param(1000, marks=pytest.mark.acceptance)])
def test_photo_given_back_in_another_form_is_its_own_best_hit(
    n_photos: int,
    photos_of_all_kinds: list[Path],
    home: Path,
    tmp_path: Path,
    report_figure: Report,
) -> None:
    photos = photos_of_all_kinds[:n_photos]
    settings = Settings(home=home, decode_workers=2)
    tiny = open_embedder("tiny", settings)
    gallery = GalleryUnderTest(home, tmp_path / "photos", tiny, settings=settings)
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{path}\n" for path in photos))
    assert gallery.run(names).new == len(photos)
    searcher = Searcher(
        gallery.catalogue,
        "default",
        open_generation_store(settings),
        open_index_builder(settings),
        lambda _: tiny,
    )

    chance = random.Random(2)
    misses = []
    for path in photos:
        query = Query((ImageTerm(given_back(path, chance)),), limit=1)
        best = Path(searcher.answer(query).hits[0].item.uri)
        if not best.samefile(path):
            misses.append((path, best, difference(path, best)))
    gallery.close()

    share = 1 - len(misses) / len(photos)
    shown = "".join(f"; {a.name} -> {b.name} (differ by {d:.1f})" for a, b, d in misses)
    report_figure(
        f"self-retrieval with tiny: {share:.2%} of {len(photos)} photos find themselves first"
        f"{shown}"
    )
    assert share >= LEAST_SHARE
    assert all(d < DUPLICATE_DIFFERENCE for _, _, d in misses)
