"""The lists of an inverted file: which of them are near a query, and which rows they hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores

_GREATEST_CODE = 255

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
        self._mapped_centres = mapped_centres
        self.coarse_centres = widest(mapped_centres, n_parts)
        self._zeros = centres.min(axis=0)
        self._steps = (centres.max(axis=0) - self._zeros) / _GREATEST_CODE
        steps = np.where(self._steps > 0, self._steps, 1)
        self._codes = np.rint((centres - self._zeros) / steps).astype(np.uint8)
        self.ends: Counts = np.cumsum(sizes)
        self.variances_of_centres = sizes @ self.coarse_centres**2 / self.ends[-1]

    def __len__(self) -> int:
        return len(self._centres)

    def coarse_variances(self, rows: IdArray, mapped: FloatMatrix) -> Scores:
        """The variance of the widest coordinates of rows about their lists' centres.

        Args:
            mapped: these rows in the coordinates of codes, float32, (n, dim).
        """
        variances: Scores = widest(self._variances(rows, mapped), self.n_parts)
        return variances

    def error_of_widest(self, rows: IdArray, mapped: FloatMatrix) -> float:
        """How far scores by the widest coordinates of rows, and for the others by their lists'
        centres, lie from exact ones: the standard deviation for queries whose coordinates have a
        mean square of one each, as those that the projection is fitted to have.

        Args:
            mapped: as of `coarse_variances`.
        """
        variances = self._variances(rows, mapped)
        return float(np.sqrt(variances.sum() - widest(variances, self.n_parts).sum()))

    def _variances(self, rows: IdArray, mapped: FloatMatrix) -> Scores:
        apart = mapped - self._mapped_centres[self.of_rows(rows)]
        variances: Scores = np.mean(apart**2, axis=0)
        return variances

    def products(self, query: Scores) -> Scores:
        """The centres' products with a query, float32 (dim,): float32, (n_lists,); about so.

        A byte for each coordinate is a quarter of what would have to be read.
        """
        from search.adapters.faiss.compiled import scores_of_bytes

        found: Scores = scores_of_bytes(self._codes, self._steps, self._zeros, query)
        return found

    def order(self, query: Scores, n_near: int) -> IdArray:
        """All lists, nearest first; those behind the first `n_near` only about so."""
        from search.adapters.faiss.compiled import products

        about = np.argsort(-self.products(query))
        near = about[:n_near]
        surely = near[np.argsort(-products(self._centres[near], query))]
        return np.concatenate([surely, about[n_near:]])

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
