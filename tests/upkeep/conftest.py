"""A gallery in a real SQLite file, with generations on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.folding import fold
from search.adapters.faiss import FaissIndexBuilder
from search.adapters.files.generations import GenerationStore
from search.adapters.sql import SqlCatalogue, migrate, open_catalogue
from search.domain.gallery import Gallery, GenerationRow
from search.domain.query import Answer, ItemTerm, Query
from search.domain.space import EmbeddingSpace
from search.errors import ModelUnavailableError
from search.ports.embedder import Embedder
from search.retrieval import Searcher
from tests.catalogue.pictures import SPACE, Shelf


def _no_model(_: EmbeddingSpace) -> Embedder:
    raise ModelUnavailableError("These tests search by stored items alone.")


@dataclass
class Upkeep:
    """A shelf of photos, and the parts that keep it in order."""

    shelf: Shelf
    store: GenerationStore
    builder: FaissIndexBuilder
    url: str

    @property
    def catalogue(self) -> SqlCatalogue:
        return self.shelf.catalogue

    @property
    def gallery(self) -> Gallery:
        with self.catalogue.reading() as snapshot:
            return snapshot.gallery("default")

    @property
    def rows(self) -> list[GenerationRow]:
        with self.catalogue.reading() as snapshot:
            return list(snapshot.generations(self.gallery.id))

    @property
    def folders(self) -> list[str]:
        return list(self.store.folders(self.gallery))

    def fold(self, holder: str | None = None) -> GenerationRow | None:
        return fold(
            self.catalogue, self.store, self.builder, self.gallery.id, SPACE.id, holder=holder
        )

    def path(self, row: GenerationRow) -> Path:
        return self.store.gallery_path(self.gallery) / row.folder

    def searcher(self) -> Searcher:
        return Searcher(self.catalogue, "default", self.store, self.builder, _no_model)

    def like(self, item_id: int, searcher: Searcher | None = None) -> Answer:
        return (searcher or self.searcher()).answer(Query((ItemTerm(item_id),), limit=100))


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    url = f"sqlite:///{tmp_path / 'sightline.db'}"
    migrate(url)
    catalogue = open_catalogue(url)
    made = catalogue.create_gallery("default")
    with catalogue.writing(made.id) as work:
        work.add_space(SPACE)
        work.activate_space(SPACE.id)
        work.commit()
    with catalogue.reading() as snapshot:
        shelf = Shelf(catalogue, snapshot.gallery("default"))
    store = GenerationStore(tmp_path / "generations")
    yield Upkeep(shelf, store, FaissIndexBuilder(), url)
    catalogue.close()
