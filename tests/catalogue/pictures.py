"""Small pictures without pixels, and short words for storing them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search.adapters.sql import SqlCatalogue
from search.domain.gallery import Gallery
from search.domain.indexing import (
    Changes,
    CommitReport,
    DecodedPicture,
    FileSlot,
    FileStamp,
    IndexedPicture,
    KnownFile,
    Root,
    RootKind,
)
from search.domain.item import AttributeValue, ItemKind, ItemRecord
from search.domain.space import EmbeddingSpace, Preprocessing

PREPROCESSING = Preprocessing(8, 8, "shortest", "bicubic", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
SPACE = EmbeddingSpace("tiny", "1" * 64, 8, PREPROCESSING)
OTHER_SPACE = EmbeddingSpace("ViT-B-32/openai", "2" * 64, 6, PREPROCESSING)
STAMP = FileStamp(1000, 1_700_000_000_000_000_000, 1_700_000_100.0)


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def vector(content: str, dim: int = SPACE.dim) -> npt.NDArray[np.float16]:
    """A unit vector that only the content decides."""
    seed = int.from_bytes(hashlib.sha256(content.encode()).digest()[:8], "big")
    drawn = np.random.default_rng(seed).normal(size=dim)
    return (drawn / np.linalg.norm(drawn)).astype(np.float16)


def picture(root: Root, path: str, content: str, **other: object) -> IndexedPicture:
    """A photo at `path`; its content is named rather than drawn."""
    key = str(other.pop("key", path))
    ordinal = int(str(other.pop("ordinal", 0)))
    space = other.pop("space", SPACE)
    assert isinstance(space, EmbeddingSpace)
    decoded = {
        name: other.pop(name) for name in ("attributes", "keywords", "title") if name in other
    }
    values = {
        "slot": FileSlot(root.id, path, key, ordinal),
        "stamp": STAMP,
        "picture": DecodedPicture(digest(content), 64, 48, **decoded),  # type: ignore[arg-type]
        "space_id": space.id,
        "vector": vector(content, space.dim),
        **other,
    }
    return IndexedPicture(**values)  # type: ignore[arg-type]


def text(value: str, number: float | None = None) -> AttributeValue:
    return AttributeValue(value, number)


@dataclass(slots=True)
class Shelf:
    """A gallery with one root, `/photos`, and what tests do to it in one line each."""

    catalogue: SqlCatalogue
    gallery: Gallery
    _root: Root | None = field(default=None)

    @property
    def root(self) -> Root:
        if self._root is None:
            with self.catalogue.writing(self.gallery.id) as work:
                self._root = work.root("/photos", RootKind.FOLDER, 7)
                work.commit()
        return self._root

    def picture(self, path: str, content: str, **other: object) -> IndexedPicture:
        return picture(self.root, path, content, **other)

    def store(self, *pictures: IndexedPicture) -> CommitReport:
        with self.catalogue.writing(self.gallery.id) as work:
            report = work.store_pictures(pictures)
            work.commit()
        return report

    def photo(self, path: str, content: str, **other: object) -> int:
        """Store one photo; returns its item's id."""
        return self.store(self.picture(path, content, **other)).item_ids[0]

    @property
    def revision(self) -> int:
        with self.catalogue.reading() as snapshot:
            return snapshot.gallery_by_id(self.gallery.id).revision

    def known(self, below: str = "") -> dict[str, KnownFile]:
        with self.catalogue.reading() as snapshot:
            return {known.slot.path: known for known in snapshot.known_files(self.root.id, below)}

    def item(self, item_id: int) -> ItemRecord:
        with self.catalogue.reading() as snapshot:
            return snapshot.items(self.gallery.id, [item_id])[0]

    def changes(self, since: int = 0, space: EmbeddingSpace = SPACE) -> Changes:
        with self.catalogue.reading() as snapshot:
            return snapshot.changes(self.gallery.id, space.id, since)

    def findable(self, space: EmbeddingSpace = SPACE) -> dict[int, bytes]:
        """Vectors of all findable views, by view."""
        with self.catalogue.reading() as snapshot:
            return {
                int(view_id): row.tobytes()
                for block in snapshot.view_rows(self.gallery.id, space.id, block_rows=3)
                for view_id, row in zip(block.view_ids, block.vectors, strict=True)
            }

    def miss(self, *paths: str) -> None:
        """What a scan does that no longer finds these files."""
        known = self.known()
        with self.catalogue.writing(self.gallery.id) as work:
            work.mark_missing([known[path].id for path in paths])
            work.commit()


def product(root: Root, sku: str, contents: Iterable[str], **other: object) -> list[IndexedPicture]:
    """An item of several pictures."""
    return [
        picture(
            root,
            f"{sku}/{n}.jpg",
            content,
            key=sku,
            ordinal=n,
            item_kind=ItemKind.PRODUCT,
            **other,
        )
        for n, content in enumerate(contents)
    ]


def database_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
