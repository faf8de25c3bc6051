"""A gallery of drawn vectors, as large as wanted, so that no picture has to be embedded first."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from indexer.folding import fold_if_due
from search.bootstrap import open_catalogue
from search.domain.indexing import DecodedPicture, FileSlot, FileStamp, IndexedPicture, RootKind
from search.domain.item import AttributeValue, TagOrigin
from search.domain.space import EmbeddingSpace
from search.settings import Settings

SEED = 20_240_229
BATCH = 2000


def make_gallery(settings: Settings, space: EmbeddingSpace, n_views: int) -> None:
    """Fill a database with items whose vectors are drawn, and build its index."""
    rng = np.random.default_rng(SEED)
    centres = rng.standard_normal((64, space.dim))
    catalogue = open_catalogue(settings)
    gallery = catalogue.create_gallery("default")
    with catalogue.writing(gallery.id) as work:
        work.add_space(space)
        work.activate_space(space.id)
        root = work.root("/nowhere/photos", RootKind.FOLDER, None)
        work.commit()
    for start in range(0, n_views, BATCH):
        numbers = range(start, min(start + BATCH, n_views))
        noise = rng.standard_normal((len(numbers), space.dim))
        rows = centres[rng.integers(0, len(centres), len(numbers))] + 1.5 * noise
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
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
