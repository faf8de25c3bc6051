"""What every index here does: few rows are all compared; of many, FAISS finds candidates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.exact import RowComparer
from search.adapters.faiss.library import faiss_library, one_thread
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.errors import GenerationCorruptError
from search.ports.vector_index import BoolArray
from search.ranking import check_queries, row_numbers


class Allowed:
    """The rows that a filter lets pass, in the forms that are asked for."""

    def __init__(self, passing: BoolArray | IdArray, n_all: int) -> None:
        self._passing = passing
        self._n_all = n_all
        is_mask = passing.dtype == bool
        self.n_rows = int(np.count_nonzero(passing)) if is_mask else len(passing)

    @cached_property
    def mask(self) -> BoolArray:
        """Whether each row passes, bool, (n_all,)."""
        if self._passing.dtype == bool:
            return self._passing.astype(bool, copy=False)
        mask = np.zeros(self._n_all, bool)
        mask[self._passing] = True
        return mask

    @cached_property
    def rows(self) -> IdArray:
        """The numbers of those that pass, ascending."""
        return row_numbers(self._passing)

    @cached_property
    def selector(self) -> Any:
        """For FAISS."""
        return faiss_library().IDSelectorBitmap(np.packbits(self.mask, bitorder="little"))


class RankedIndex(ABC):
    """A `VectorIndex` over the vectors that it was built from."""

    def __init__(self, vectors: HalfMatrix, compared_rows: int) -> None:
        self._vectors = vectors  # FAISS may see this memory: it must live as long.
        self._comparer = RowComparer(vectors)
        self._compared_rows = compared_rows

    def compares_all(self, n_allowed: int) -> bool:
        return n_allowed <= self._compared_rows

    def search(
        self, queries: FloatMatrix, k: int, *, allowed: BoolArray | IdArray | None = None
    ) -> tuple[IdArray, FloatMatrix]:
        check_queries(queries, self._vectors.shape[1], k)
        passing = None if allowed is None else Allowed(allowed, len(self._vectors))
        n_allowed = len(self._vectors) if passing is None else passing.n_rows
        n_found = min(k, n_allowed)
        rows = np.empty((len(queries), n_found), np.int64)
        scores = np.empty((len(queries), n_found), np.float32)
        compared = None
        if n_allowed <= self._compared_rows:
            compared = np.arange(n_allowed) if passing is None else passing.rows
        if n_found:
            with one_thread():
                for i in range(len(queries)):
                    found = compared
                    if found is None:
                        found = self._candidates(queries[i : i + 1], n_found, passing)
                    rows[i], scores[i] = self._comparer.best(found, queries[i], n_found)
        return rows, scores

    @abstractmethod
    def _candidates(self, query: FloatMatrix, k: int, allowed: Allowed | None) -> IdArray:
        """At least k of the rows that are allowed, which are at least k; None lets all pass."""


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
