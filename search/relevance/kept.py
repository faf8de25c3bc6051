"""The background's texts as vectors: embedded once per space, then read from a file."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from threading import Lock

import numpy as np

from search.domain.arrays import FloatMatrix
from search.domain.space import EmbeddingSpace
from search.errors import StoreError
from search.ports.blob_store import BlobStore
from search.ports.embedder import Embedder
from search.relevance.texts import BACKGROUND_TEXTS, texts_digest

_log = logging.getLogger(__name__)


class BackgroundTexts:
    """Vectors of `BACKGROUND_TEXTS` in one space. Safe to use from several threads."""

    def __init__(self, space: EmbeddingSpace, kept: BlobStore | None) -> None:
        self._space = space
        self._kept = kept
        self._lock = Lock()
        self._vectors: FloatMatrix | None = None

    def vectors(self, open_embedder: Callable[[], Embedder]) -> FloatMatrix:
        """float32, (n, dim), unit rows; the model is opened only where no file has them."""
        with self._lock:
            if self._vectors is None:
                self._vectors = self._read()
            if self._vectors is None:
                self._vectors = open_embedder().embed_texts(list(BACKGROUND_TEXTS))
                self._write(self._vectors)
            return self._vectors

    @property
    def _name(self) -> str:
        return f"{self._space.id.rpartition('-')[2]}-{texts_digest()}.npy"

    def _read(self) -> FloatMatrix | None:
        path = self._kept.path(self._name) if self._kept is not None else None
        if path is None:
            return None
        try:
            vectors = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        if vectors.shape != (len(BACKGROUND_TEXTS), self._space.dim) or vectors.dtype != np.float32:
            return None
        sound = np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
        return np.asarray(vectors, np.float32) if sound else None

    def _write(self, vectors: FloatMatrix) -> None:
        if self._kept is None:
            return
        content = io.BytesIO()
        np.save(content, vectors.astype(np.float32), allow_pickle=False)
        try:
            self._kept.write(self._name, content.getvalue())
        except StoreError as error:
            _log.warning("The background of relevance is not kept: %s", error.message)
