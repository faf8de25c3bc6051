"""Compares a query with chosen rows: they are copied together block by block, FAISS reads these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.seen import see_in_place
from search.domain.arrays import IdArray
from search.ranking import Scores

_BLOCK_BYTES = 2**20  # So that a block stays in the processor's cache.

Codes = npt.NDArray[Any]


class GatheredRows:
    """Any rows of one matrix. Any number of threads may ask at once.

    Args:
        codes: (n_rows, width), of any type: one row each as FAISS keeps it.
        empty_index: makes a FAISS index of such rows, without any.
    """

    def __init__(self, codes: Codes, empty_index: Callable[[], Any]) -> None:
        self._codes = codes
        self._empty_index = empty_index
        self.block_rows = max(1, _BLOCK_BYTES // (codes.shape[1] * codes.itemsize))
        self._of_thread = local()

    def best_of_blocks(self, rows: IdArray, query: Scores, n: int) -> tuple[IdArray, Scores, float]:
        """The n best rows of each block with FAISS's scores, and what no other row exceeds.

        Args:
            query: float32, (dim,).
        """
        index = self._index()
        found, scores, settled_at = [], [], -np.inf
        at = 0
        for block in self._blocks(rows):
            _point(index, block)
            block_scores, places = index.search(query[np.newaxis], min(n, len(block)))
            if n < len(block):
                settled_at = max(settled_at, float(block_scores[0, -1]))
            found.append(rows[at + places[0]])
            scores.append(block_scores[0])
            at += len(block)
        return np.concatenate(found), np.concatenate(scores), settled_at

    def _index(self) -> Any:
        index = getattr(self._of_thread, "index", None)
        if index is None:
            index = self._of_thread.index = self._empty_index()
        return index

    def _blocks(self, rows: IdArray) -> Iterator[Codes]:
        """The codes of the rows; each block lies where the one before it lay."""
        room = np.empty((min(len(rows), self.block_rows), self._codes.shape[1]), self._codes.dtype)
        for start in range(0, len(rows), self.block_rows):
            some = rows[start : start + self.block_rows]
            yield np.take(self._codes, some, axis=0, out=room[: len(some)], mode="clip")


def _point(index: Any, block: Codes) -> None:
    if not see_in_place(index, block):
        faiss = faiss_library()
        faiss.copy_array_to_vector(block.view(np.uint8).reshape(-1), index.codes)
        index.ntotal = len(block)
