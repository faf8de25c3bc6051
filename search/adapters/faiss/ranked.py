"""What every index here does: few rows are all compared; of many, FAISS finds candidates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.library import faiss_library
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.rowset import RowSet
from search.errors import GenerationCorruptError
from search.ranking import Scores, best_rows, check_queries


class RankedIndex(ABC):
    """A `VectorIndex` over the vectors that it was built from."""

    def __init__(self, vectors: HalfMatrix, compared_rows: int) -> None:
        self._vectors = np.asarray(vectors)  # FAISS may see this memory: it must live as long.
        self._compared_rows = compared_rows

    def compares_all(self, n_allowed: int) -> bool:
        return n_allowed <= self._compared_rows

    def search(
        self,
        queries: FloatMatrix,
        k: int,
        *,
        allowed: RowSet | None = None,
        exactly: bool = False,
    ) -> tuple[IdArray, FloatMatrix]:
        check_queries(queries, self._vectors.shape[1], k)
        if allowed is not None and allowed.n_all != len(self._vectors):
            raise ValueError(f"allowed is of {allowed.n_all} rows, not {len(self._vectors)}")
        n_allowed = len(self._vectors) if allowed is None else allowed.n_rows
        n_found = min(k, n_allowed)
        rows = np.empty((len(queries), n_found), np.int64)
        scores = np.empty((len(queries), n_found), np.float32)
        compared = None
        if n_allowed <= self._compared_rows or (exactly and not self.compares_all(n_allowed)):
            compared = np.arange(n_allowed) if allowed is None else allowed.numbers
        if n_found:
            for i, query in enumerate(queries):
                if compared is None:
                    rows[i], scores[i] = self._best(query, n_found, allowed)
                else:
                    rows[i], scores[i] = self._compare(compared, query, n_found)
        return rows, scores

    def _compare(self, rows: IdArray, query: Scores, k: int) -> tuple[IdArray, Scores]:
        """The k best of these rows, each of which is compared."""
        return best_rows(self._vectors, query, k, rows=rows)

    @abstractmethod
    def _best(self, query: Scores, k: int, allowed: RowSet | None) -> tuple[IdArray, Scores]:
        """The k best of the rows that are allowed, which are at least k; None lets all pass."""


def selector(allowed: RowSet) -> Any:
    """These rows for FAISS, which sees the bits in place."""
    return faiss_library().IDSelectorBitmap(allowed.bits)


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
