"""The lists of an inverted file: which of them are near a query, and which rows they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.coarse import widest
from search.adapters.faiss.library import faiss_library
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores

_SAMPLED_ROWS = 4_096
_LEAST_SAMPLED = 64

Numbers = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]


class Lists:
    """Lists by number.

    Args:
        index: FAISS's inverted file.
        centres: float32, (n_lists, dim), among the vectors as they are.
        mapped_centres: the same in the coordinates of codes.
        n_parts: of these coordinates; the widest of each tells about where a list lies.
    """

    def __init__(
        self,
        index: Any,
        centres: FloatMatrix,
        mapped_centres: FloatMatrix,
        n_parts: int,
        n_rows: int,
    ) -> None:
        self._centres = centres
        self._n_parts = n_parts
        self._rough_centres = widest(mapped_centres, n_parts)
        self._of_row = _list_of_row(index, n_rows)
        self._sizes = np.bincount(self._of_row, minlength=len(centres))
        sampled = np.arange(0, n_rows, max(1, n_rows // _SAMPLED_ROWS))
        self._of_sampled = self._of_row[sampled]
        self._byte, self._bit = sampled >> 3, np.left_shift(1, sampled & 7).astype(np.uint8)

    def __len__(self) -> int:
        return len(self._centres)

    def of_rows(self, rows: IdArray) -> Numbers:
        """The list of each row."""
        return self._of_row[rows]

    def order(self, query: Scores, mapped: Scores, n_near: int) -> IdArray:
        """All lists, nearest first; those behind the first `n_near` only about so.

        Args:
            mapped: the query in the coordinates of codes.
        """
        order = np.argsort(-(self._rough_centres @ widest(mapped, self._n_parts)))
        near = order[:n_near]
        order[:n_near] = near[np.argsort(-(self._centres[near] @ query))]
        return order

    def rows_before(self, order: IdArray, allowed: RowSet | None) -> Counts:
        """How many rows are in the first 1, 2, ... lists of an order.

        Args:
            allowed: count these alone, or some of them, spread evenly, where they are many.
        """
        sizes = self._sizes
        if allowed is not None:
            sizes = np.bincount(self._lists_of_some(allowed), minlength=len(order))
        return np.cumsum(sizes[order])

    def _lists_of_some(self, allowed: RowSet) -> Numbers:
        """Of some of the allowed rows, spread evenly; of all, where they are few."""
        if not allowed.is_few:
            lists: Numbers = self._of_sampled[allowed.bits[self._byte] & self._bit != 0]
            if len(lists) >= _LEAST_SAMPLED:
                return lists
        return self._of_row[allowed.numbers]


def _list_of_row(index: Any, n_rows: int) -> Numbers:
    """Raises IndexError or ValueError where not every row is in a list."""
    faiss = faiss_library()
    lists = np.full(n_rows, -1, np.int32)
    for number in range(index.nlist):
        size = index.invlists.list_size(number)
        if size:
            lists[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] = number
    if (lists < 0).any():
        raise ValueError("some rows are in no list")
    return lists
