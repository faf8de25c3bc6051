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
        self._block_rows = max(1, _BLOCK_BYTES // (codes.shape[1] * codes.itemsize))
        self._of_thread = local()

    def blocks(self, rows: IdArray) -> Iterator[IdArray]:
        """The rows in parts of which each fits into the processor's cache."""
        for start in range(0, len(rows), self._block_rows):
            yield rows[start : start + self._block_rows]

    def best(self, block: IdArray, query: Scores, n: int) -> tuple[IdArray, Scores]:
        """The n best rows of a block and FAISS's scores, best first; all, where they are fewer.

        Args:
            query: float32, (dim,).
        """
        places, scores = self._block().best(self._codes, block, query, min(n, len(block)))
        return block[places], scores

    def _block(self) -> _Block:
        block: _Block | None = getattr(self._of_thread, "block", None)
        if block is None:
            room = np.empty((self._block_rows, self._codes.shape[1]), self._codes.dtype)
            block = self._of_thread.block = _Block(self._empty_index(), room)
        return block


class _Block:
    """Room for some rows, and an index that sees them there; one thread's own.

    FAISS is called without its wrapper for numpy, which takes longer than a few rows do.
    """

    def __init__(self, index: Any, room: Codes) -> None:
        self._index = index
        self._room = room
        self._is_seen = see_in_place(index, room)

    def best(self, codes: Codes, rows: IdArray, query: Scores, n: int) -> tuple[IdArray, Scores]:
        """Which of these rows score best, as places among them, and their scores, best first."""
        faiss = faiss_library()
        room = self._room[: len(rows)]
        np.take(codes, rows, axis=0, out=room, mode="clip")
        if not self._is_seen:
            faiss.copy_array_to_vector(room.view(np.uint8).reshape(-1), self._index.codes)
        self._index.ntotal = len(rows)
        scores, places = np.empty(n, np.float32), np.empty(n, np.int64)
        pointer = faiss.swig_ptr
        query = np.ascontiguousarray(query, np.float32)
        self._index.search_c(1, pointer(query), n, pointer(scores), pointer(places))
        return places, scores
