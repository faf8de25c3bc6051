"""The lists of an inverted file: which of them are near a query, and which rows they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.library import faiss_library
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores

_SAMPLED_ROWS = 4_096
_LEAST_SAMPLED = 64

Numbers = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]


def widest(mapped: npt.NDArray[np.float32], n_parts: int) -> npt.NDArray[np.float32]:
    """The first coordinate of each part: the axes of the greatest variance.

    Args:
        mapped: float32, (..., dim): vectors or queries in the coordinates of codes.
    """
    return np.ascontiguousarray(mapped[..., :: mapped.shape[-1] // n_parts])


class Lists:
    """Lists by number.

    Attributes:
        rows_by_list: int32, (n_rows,), the rows list by list.
        ends: int64, (n_lists,), where each list's end there.
        of_row, place_of_row: int32, (n_rows,), each row's list, and its place list by list.
        coarse_centres: float32, (n_lists, n_parts), the `widest` coordinates of the centres.
        variances_of_centres: float32, (n_parts,), of these, where each row has its list's.

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
        self.n_parts = n_parts
        self.coarse_centres = widest(mapped_centres, n_parts)
        self.rows_by_list, self.ends = _rows_by_list(index, n_rows)
        self._sizes = np.diff(self.ends, prepend=0)
        self.variances_of_centres = self._sizes @ self.coarse_centres**2 / n_rows
        self.of_row = np.empty(n_rows, np.int32)
        self.of_row[self.rows_by_list] = np.repeat(
            np.arange(len(centres), dtype=np.int32), self._sizes
        )
        self.place_of_row = np.empty(n_rows, np.int32)
        self.place_of_row[self.rows_by_list] = np.arange(n_rows, dtype=np.int32)
        sampled = np.arange(0, n_rows, max(1, n_rows // _SAMPLED_ROWS))
        self._of_sampled = self.of_row[sampled]
        self._byte, self._bit = sampled >> 3, np.left_shift(1, sampled & 7).astype(np.uint8)

    def __len__(self) -> int:
        return len(self._centres)

    def coarse_variances(self, rows: IdArray, mapped: FloatMatrix) -> Scores:
        """The variance of the widest coordinates of rows about their lists' centres.

        Args:
            mapped: these rows in the coordinates of codes, float32, (n, dim).
        """
        apart = widest(mapped, self.n_parts) - self.coarse_centres[self.of_row[rows]]
        variances: Scores = np.mean(apart**2, axis=0)
        return variances

    def order(self, query: Scores, mapped: Scores, n_near: int) -> IdArray:
        """All lists, nearest first; those behind the first `n_near` only about so.

        Args:
            mapped: the query in the coordinates of codes.
        """
        from search.adapters.faiss.compiled import products

        order = np.argsort(-products(self.coarse_centres, widest(mapped, self.n_parts)))
        near = order[:n_near]
        order[:n_near] = near[np.argsort(-products(self._centres[near], query))]
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
        return self.of_row[allowed.numbers]


def _rows_by_list(index: Any, n_rows: int) -> tuple[Numbers, Counts]:
    """Raises ValueError where not every row is in one list."""
    faiss = faiss_library()
    sizes = [index.invlists.list_size(number) for number in range(index.nlist)]
    rows = np.concatenate(
        [
            faiss.rev_swig_ptr(index.invlists.get_ids(number), size).astype(np.int32)
            for number, size in enumerate(sizes)
            if size
        ]
    )
    if len(rows) != n_rows or not np.array_equal(np.sort(rows), np.arange(n_rows)):
        raise ValueError("some rows are in no list")
    return rows, np.cumsum(sizes)


def probes_for(held: Counts, share: float) -> int:
    """How many lists hold a share of the rows, where the first 1, 2, ... hold so many."""
    return min(1 + int(np.searchsorted(held, share * held[-1])), len(held))
