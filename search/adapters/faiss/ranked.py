"""What every index here does: FAISS finds candidates, exact scores order them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.library import faiss_library, one_thread
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.errors import GenerationCorruptError
from search.ports.vector_index import BoolArray
from search.ranking import check_queries, exact_scores, rank


class RankedIndex(ABC):
    """A `VectorIndex` over a FAISS index and the vectors that it was built from."""

    def __init__(self, index: Any, vectors: HalfMatrix) -> None:
        self._index = index
        self._vectors = vectors  # The index may see this memory: it must live as long.

    @property
    @abstractmethod
    def exact(self) -> bool:
        """Whether every allowed row is compared."""

    def search(
        self, queries: FloatMatrix, k: int, *, allowed: BoolArray | None = None
    ) -> tuple[IdArray, FloatMatrix]:
        check_queries(queries, self._vectors.shape[1], k)
        n_allowed = len(self._vectors) if allowed is None else int(np.count_nonzero(allowed))
        n_found = min(k, n_allowed)
        rows = np.empty((len(queries), n_found), np.int64)
        scores = np.empty((len(queries), n_found), np.float32)
        if n_found:
            selector = None if allowed is None else _selector(allowed)
            with one_thread():
                for i in range(len(queries)):
                    found = self._candidates(queries[i : i + 1], n_found, n_allowed, selector)
                    found_scores = exact_scores(self._vectors[found], queries[i])
                    rows[i], scores[i] = rank(found, found_scores, n_found)
        return rows, scores

    @abstractmethod
    def _candidates(self, query: FloatMatrix, k: int, n_allowed: int, selector: Any) -> IdArray:
        """At least k of the `n_allowed` rows that the selector lets pass; None lets all."""


def _selector(allowed: BoolArray) -> Any:
    return faiss_library().IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def read_mapped(path: Path) -> Any:
    """The FAISS index in a file, mapped where this FAISS can.

    Raises:
        GenerationCorruptError: it is none.
    """
    faiss = faiss_library()
    try:
        return faiss.read_index(str(path), getattr(faiss, "IO_FLAG_MMAP_IFC", 0))
    except (RuntimeError, MemoryError) as error:
        raise damaged(path) from error


def damaged(path: Path) -> GenerationCorruptError:
    return GenerationCorruptError(
        f"The index file {path} is damaged.", hint="Run `sightline repair`."
    )
