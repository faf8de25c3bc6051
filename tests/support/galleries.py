"""A gallery under test: a folder of small pictures, a real catalogue, a counting embedder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.pool import DecodePool
from indexer.reconcile import IndexOptions, index
from indexer.report import IndexReport
from search.bootstrap import open_catalogue
from search.domain.gallery import Gallery
from search.domain.item import ItemRecord, ItemState
from search.domain.space import Preprocessing
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder
from search.settings import Settings
from tests.support.embedders import HashingEmbedder

LONG_AGO = time.time() - 86_400


def draw(path: Path, seed: int, *, size: int = 40, mtime: float = LONG_AGO) -> Path:
    """Write a small picture of its own pattern, last changed long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    Image.fromarray(noise).save(path)
    os.utime(path, (mtime, mtime))
    return path


class PoolKeeper:
    """One decoding process that all runs of a test session share, one after the other."""

    def __init__(self) -> None:
        self._pools: dict[Preprocessing, DecodePool] = {}

    @contextmanager
    def __call__(self, preprocessing: Preprocessing) -> Iterator[DecodePool]:
        if preprocessing not in self._pools:
            limits = DecodeLimits()
            self._pools[preprocessing] = DecodePool(preprocessing, limits, 1).__enter__()
        yield self._pools[preprocessing]

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


class GalleryUnderTest:
    """Runs the indexer as the command line does, with an embedder that counts."""

    def __init__(
        self,
        home: Path,
        photos: Path,
        embedder: Embedder | None = None,
        *,
        settings: Settings | None = None,
        lend_pool: PoolKeeper | None = None,
    ) -> None:
        self.settings = settings or Settings(home=home, decode_workers=1)
        self.photos = photos
        self.photos.mkdir(parents=True, exist_ok=True)
        self.catalogue: Catalogue = open_catalogue(self.settings)
        self.embedder = embedder or HashingEmbedder()
        self.opened: list[str] = []
        self.lend_pool = lend_pool

    def open_embedder(self, spec: str) -> Embedder:
        self.opened.append(spec)
        return self.embedder

    def draw(self, name: str, seed: int, **options: float) -> Path:
        return draw(self.photos / name, seed, **options)  # type: ignore[arg-type]

    def run(
        self,
        *targets: Path,
        open_embedder: Callable[[str], Embedder] | None = None,
        **options: object,
    ) -> IndexReport:
        return index(
            self.settings,
            self.catalogue,
            targets or [self.photos],
            options=IndexOptions(**options),  # type: ignore[arg-type]
            open_embedder=open_embedder or self.open_embedder,
            lend_pool=self.lend_pool,
        )

    @property
    def row(self) -> Gallery:
        with self.catalogue.reading() as snapshot:
            return snapshot.gallery("default")

    def items(self, state: ItemState | None = None) -> Sequence[ItemRecord]:
        with self.catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            return snapshot.list_items(gallery.id, state=state, limit=100_000)

    def item(self, name: str) -> ItemRecord:
        """The item whose file lies at `name` below the photos, in any state."""
        uri = str(self.photos / name)
        (found,) = [item for item in self.items() if item.uri == uri]
        return found

    def live(self) -> dict[str, int]:
        """Ids of live items by path below the photos."""
        base = str(self.photos) + "/"
        return {i.uri.removeprefix(base): i.id for i in self.items(ItemState.LIVE)}

    def missing(self) -> dict[str, int]:
        base = str(self.photos) + "/"
        return {i.uri.removeprefix(base): i.id for i in self.items(ItemState.MISSING)}

    def close(self) -> None:
        self.catalogue.close()
