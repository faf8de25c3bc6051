"""The galleries being served: a searcher for each, made when it is first asked for."""

from __future__ import annotations

import unicodedata
from threading import Lock

from api.models import Models
from search.adapters.files.generations import GenerationStore
from search.domain.gallery import Gallery
from search.domain.space import EmbeddingSpace
from search.errors import NotFoundError
from search.ports.blob_store import BlobStore
from search.ports.catalogue import Catalogue
from search.ports.vector_index import VectorIndexBuilder
from search.retrieval import Searcher
from search.shadow import Shadow


class Galleries:
    """Searchers by gallery name. Safe to use from several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        generation_store: GenerationStore,
        index_builder: VectorIndexBuilder,
        models: Models,
        relevance_store: BlobStore,
        shadow: Shadow,
    ) -> None:
        self._catalogue = catalogue
        self._generation_store = generation_store
        self._index_builder = index_builder
        self._models = models
        self._relevance_store = relevance_store
        self._shadow = shadow
        self._lock = Lock()
        self._searchers: dict[str, Searcher] = {}

    def row(self, name: str) -> Gallery:
        """The gallery's row now.

        Raises:
            NotFoundError: there is no such gallery.
        """
        with self._catalogue.reading() as snapshot:
            return snapshot.gallery(name)

    def searcher(self, name: str) -> Searcher:
        """The gallery's searcher; raises NotFoundError where there is no such gallery. One that
        is known answers for itself, and is forgotten once its gallery is gone."""
        key = unicodedata.normalize("NFC", name)
        with self._lock:
            if key in self._searchers:
                return self._searchers[key]
        key = self.row(name).name
        with self._lock:
            if key not in self._searchers:
                self._searchers[key] = Searcher(
                    self._catalogue,
                    key,
                    self._generation_store,
                    self._index_builder,
                    self._models.of_space,
                    self._relevance_store,
                    shadow=self._shadow,
                )
            return self._searchers[key]

    def forget(self, name: str) -> None:
        """Drop the searcher of a gallery that is not there any more."""
        with self._lock:
            self._searchers.pop(unicodedata.normalize("NFC", name), None)

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

    def names(self) -> list[str]:
        """All galleries there are."""
        with self._catalogue.reading() as snapshot:
            return [gallery.name for gallery in snapshot.galleries()]
