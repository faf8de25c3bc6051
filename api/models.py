"""The models in memory: one of each space, shared by searches, classification and the indexer."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from api.batching import BatchingEmbedder, Observer, observe_nothing
from search.bootstrap import check_space
from search.domain.space import EmbeddingSpace
from search.ports.embedder import Embedder

OpenEmbedder = Callable[[str], Embedder]
"""Loads the model that a spec names."""


class Models:
    """Loads each model once. Safe to use from several threads."""

    def __init__(
        self, open_embedder: OpenEmbedder, *, most_waiting: int, observe: Observer = observe_nothing
    ) -> None:
        self._open = open_embedder
        self._most_waiting = most_waiting
        self._observe = observe
        self._lock = Lock()
        self._opening: dict[str, Lock] = {}
        self._loaded: dict[str, BatchingEmbedder] = {}

    def of_space(self, space: EmbeddingSpace) -> BatchingEmbedder:
        """The space's model.

        Raises:
            ModelUnavailableError: its weights cannot be had.
            ConflictError: its spec opens another model now.
        """
        loaded = self.of_spec(space.spec)
        check_space(loaded, space)
        return loaded

    def of_spec(self, spec: str) -> BatchingEmbedder:
        """The model that a spec names, loaded by the first who asks."""
        with self._lock:
            if spec in self._loaded:
                return self._loaded[spec]
            opening = self._opening.setdefault(spec, Lock())
        with opening:
            with self._lock:
                if spec in self._loaded:
                    return self._loaded[spec]
            batching = BatchingEmbedder(
                self._open(spec), most_waiting=self._most_waiting, observe=self._observe
            )
            with self._lock:
                self._loaded[spec] = batching
            return batching

    def for_indexing(self, spec: str) -> Embedder:
        """The same model for work that nobody waits for."""
        return self.of_spec(spec).background()

    def close(self) -> None:
        with self._lock:
            loaded = list(self._loaded.values())
        for one in loaded:
            one.close()
