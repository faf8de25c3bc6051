"""The lists of an inverted file: which of them are near a query, and which rows they hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores

Counts = npt.NDArray[np.int64]


def widest(mapped: npt.NDArray[np.float32], n_parts: int) -> npt.NDArray[np.float32]:
    """The first coordinate of each part: the axes of the greatest variance.

    Args:
        mapped: float32, (..., dim): vectors or queries in the coordinates of codes.
    """
    return np.ascontiguousarray(mapped[..., :: mapped.shape[-1] // n_parts])


class Lists:
    """Lists by number. Rows lie list by list, in the order of these numbers.

    Attributes:
        ends: int64, (n_lists,), the row that each list ends before.
        coarse_centres: float32, (n_lists, n_parts), the `widest` coordinates of the centres.
        variances_of_centres: float32, (n_parts,), of these, where each row has its list's.

    Args:
        sizes: int64, (n_lists,), the rows of each.
        centres: float32, (n_lists, dim), among the vectors as they are.
        mapped_centres: the same in the coordinates of codes.
        n_parts: of these coordinates; the widest of each tells about where a list lies.
    """

    def __init__(
        self, sizes: Counts, centres: FloatMatrix, mapped_centres: FloatMatrix, n_parts: int
    ) -> None:
        self._sizes = sizes
        self._centres = centres
        self.n_parts = n_parts
        self.coarse_centres = widest(mapped_centres, n_parts)
        self.ends: Counts = np.cumsum(sizes)
        self.variances_of_centres = sizes @ self.coarse_centres**2 / self.ends[-1]

    def __len__(self) -> int:
        return len(self._centres)

    def coarse_variances(self, rows: IdArray, mapped: FloatMatrix) -> Scores:
        """The variance of the widest coordinates of rows about their lists' centres.

        Args:
            mapped: these rows in the coordinates of codes, float32, (n, dim).
        """
        apart = widest(mapped, self.n_parts) - self.coarse_centres[self.of_rows(rows)]
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

    def of_rows(self, rows: IdArray) -> IdArray:
        """The list of each row."""
        return np.searchsorted(self.ends, rows, side="right")

    def rows_before(self, order: IdArray, allowed: RowSet | None) -> Counts:
        """How many rows are in the first 1, 2, ... lists of an order; of the allowed ones, if any
        are given."""
        sizes = self._sizes
        if allowed is not None:
            sizes = np.diff(allowed.n_below(self.ends), prepend=0)
        return np.cumsum(sizes[order])


def probes_for(held: Counts, share: float) -> int:
    """How many lists hold a share of the rows, where the first 1, 2, ... hold so many."""
    return min(1 + int(np.searchsorted(held, share * held[-1])), len(held))
