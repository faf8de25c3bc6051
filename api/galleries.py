"""The galleries being served: a searcher for each, made when it is first asked for."""

from __future__ import annotations

import unicodedata
from threading import Lock

from api.models import Models
from search.adapters.files.generations import GenerationStore
from search.domain.gallery import Gallery
from search.domain.space import EmbeddingSpace
from search.errors import NotFoundError
from search.ports.catalogue import Catalogue
from search.ports.vector_index import VectorIndexBuilder
from search.retrieval import Searcher


class Galleries:
    """Searchers by gallery name. Safe to use from several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        generation_store: GenerationStore,
        index_builder: VectorIndexBuilder,
        models: Models,
    ) -> None:
        self._catalogue = catalogue
        self._generation_store = generation_store
        self._index_builder = index_builder
        self._models = models
        self._lock = Lock()
        self._searchers: dict[str, Searcher] = {}

    def row(self, name: str) -> Gallery:
        """The gallery's row now.

        Raises:
            NotFoundError: there is no such gallery.
        """
        with self._catalogue.reading() as snapshot:
            try:
                return snapshot.gallery(name)
            except NotFoundError:
                with self._lock:
                    self._searchers.pop(unicodedata.normalize("NFC", name), None)
                raise

    def searcher(self, name: str) -> Searcher:
        """The gallery's searcher; raises NotFoundError where there is no such gallery."""
        key = self.row(name).name
        with self._lock:
            if key not in self._searchers:
                self._searchers[key] = Searcher(
                    self._catalogue,
                    key,
                    self._generation_store,
                    self._index_builder,
                    self._models.of_space,
                )
            return self._searchers[key]

    def known(self) -> dict[str, Searcher]:
        """The searchers made so far."""
        with self._lock:
            return dict(self._searchers)

    def active_space(self, name: str) -> EmbeddingSpace:
        """The space that the gallery's searches use.

        Raises:
            NotFoundError: no such gallery, or nothing has been indexed in it yet.
        """
        with self._catalogue.reading() as snapshot:
            gallery = snapshot.gallery(name)
            for one in snapshot.spaces(gallery.id):
                if one.space.id == gallery.active_space_id:
                    return one.space
        raise NotFoundError(
            f"The gallery {name} has no model yet.", hint="Index a picture in it first."
        )

    def warm(self) -> None:
        """Load every gallery's index and model."""
        with self._catalogue.reading() as snapshot:
            names = [gallery.name for gallery in snapshot.galleries()]
        for name in names:
            self.searcher(name).warm()
