"""A gallery of drawn vectors, as large as wanted: few pictures have to be embedded for it."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from indexer.folding import fold_if_due
from search.bootstrap import open_catalogue, open_embedder
from search.domain.arrays import FloatMatrix
from search.domain.indexing import DecodedPicture, FileSlot, FileStamp, IndexedPicture, RootKind
from search.domain.item import AttributeValue, TagOrigin
from search.domain.space import EmbeddingSpace
from search.ports.embedder import Embedder
from search.settings import Settings
from training.photos import read_photos

SEED = 20_240_229
BATCH = 2000
N_PHOTOS = 3000
N_AT_ONCE = 64
KEPT = (0.6, 0.97)
"""How much a drawn vector keeps of a real one, at least and at most."""


def make_gallery(
    settings: Settings, space: EmbeddingSpace, n_views: int, real: FloatMatrix | None = None
) -> None:
    """Fill a database with items whose vectors are drawn, and build its index.

    Args:
        real: float32, (n, dim): embeddings of real pictures, which the drawn ones are to be like;
            without any, they lie about 64 centres.
    """
    rng = np.random.default_rng(SEED)
    draw = _about_centres(space.dim, rng) if real is None else _like(real, rng)
    catalogue = open_catalogue(settings)
    gallery = catalogue.create_gallery("default")
    with catalogue.writing(gallery.id) as work:
        work.add_space(space)
        work.activate_space(space.id)
        root = work.root("/nowhere/photos", RootKind.FOLDER, None)
        work.commit()
    for start in range(0, n_views, BATCH):
        numbers = range(start, min(start + BATCH, n_views))
        rows = draw(len(numbers))
        pictures = [
            picture(root.id, space.id, number, rows[at].astype(np.float16))
            for at, number in enumerate(numbers)
        ]
        with catalogue.writing(gallery.id) as work:
            report = work.store_pictures(pictures)
            tagged = [item for item in report.item_ids if item % 10 == 0]
            work.add_tags(tagged, ["chosen"], origin=TagOrigin.PERSON)
            work.commit()
    fold_if_due(settings, catalogue, gallery.id, space.id)
    catalogue.close()


def picture(root_id: int, space_id: str, number: int, vector: Any) -> IndexedPicture:
    """A photo that nobody has, with the float16 vector (dim,) given."""
    path = f"{number // 1000:04}/{number:07}.jpg"
    year = 2015 + number % 10
    taken_at = f"{year}-06-01T12:00:00Z"
    attributes = {
        "camera": AttributeValue(f"Camera {number % 7}"),
        "taken_at": AttributeValue(taken_at, (year - 1970) * 31_556_952.0),
    }
    digest = hashlib.sha256(path.encode()).hexdigest()
    picture = DecodedPicture(digest, 4000, 3000, attributes)
    return IndexedPicture(
        FileSlot(root_id, path, path), FileStamp(number + 1, number + 1), picture, space_id, vector
    )


@contextmanager
def photo_gallery(home: Path | None, model: str, data: Path, n_views: int) -> Iterator[Settings]:
    """The settings of a gallery whose vectors are like those that the model gives real photos.

    Args:
        home: where it is kept, and not made again; None makes one for as long as it is needed.
        data: the folder with `flickr8k.jsonl`.
    """
    with tempfile.TemporaryDirectory() as made:
        settings = Settings(home=home or Path(made))
        if not (settings.home / "sightline.db").exists():
            print(f"Making a gallery of {n_views:,} views", file=sys.stderr)
            embedder = open_embedder(model, settings)
            make_gallery(settings, embedder.space, n_views, embed_photos(embedder, data))
        yield settings


def embed_photos(embedder: Embedder, data: Path) -> FloatMatrix:
    """Real photos for `make_gallery`: float32, (n, dim)."""
    photos = read_photos(data, ("flickr8k",))[:N_PHOTOS]
    return np.concatenate(
        [
            embedder.embed_images([photo.open() for photo in photos[start : start + N_AT_ONCE]])
            for start in range(0, len(photos), N_AT_ONCE)
        ]
    )


Draw = Callable[[int], FloatMatrix]
"""Draws so many unit rows."""


def _about_centres(dim: int, rng: np.random.Generator) -> Draw:
    centres = rng.standard_normal((64, dim))

    def draw(n: int) -> FloatMatrix:
        rows = centres[rng.integers(0, len(centres), n)] + 1.5 * rng.standard_normal((n, dim))
        return _unit(rows)

    return draw


def _like(real: FloatMatrix, rng: np.random.Generator) -> Draw:
    """Each a real one's principal coefficients, mixed with fresh ones of the same covariance."""
    mean = real.mean(axis=0)
    _, values, basis = np.linalg.svd(real - mean, full_matrices=False)
    scale, coefficients = values / np.sqrt(len(real)), (real - mean) @ basis.T

    def draw(n: int) -> FloatMatrix:
        kept = rng.uniform(*KEPT, (n, 1))
        fresh = rng.standard_normal((n, len(scale))) * scale
        mixed = kept * coefficients[rng.integers(0, len(real), n)] + np.sqrt(1 - kept**2) * fresh
        return _unit(mixed @ basis + mean)

    return draw


def _unit(rows: FloatMatrix) -> FloatMatrix:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
