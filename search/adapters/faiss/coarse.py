"""Coarse codes: a byte for each of the axes that tell most of a query's scores, a row at a time.

They find candidates among the rows that a filter leaves, where comparing float16 would take too
long and reading lists would read mostly rows that do not pass: a row is two lines of cache where
its float16 is sixteen. The axes are those that vary most among the pictures as queries see them,
one of each part that `projection.py` makes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.gathered import GatheredRows
from search.adapters.faiss.library import faiss_library
from search.domain.arrays import FloatMatrix, IdArray
from search.ranking import Scores

_SPREAD_OVER_BLOCKS = 4
"""Of more blocks than these, none gives more than its part of the candidates."""

Codes = npt.NDArray[np.uint8]


def trained_coarse(mapped: FloatMatrix, n_parts: int) -> Any:
    """FAISS's quantizer of a byte for each coordinate, for codes of these vectors.

    Args:
        mapped: float32, (n, dim): some `Projection.vectors`.
        n_parts: the projection's; a code is as long.
    """
    faiss = faiss_library()
    quantizer = faiss.IndexScalarQuantizer(
        n_parts, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    quantizer.train(_widest(mapped, n_parts))
    return quantizer


def coarse_codes(quantizer: Any, mapped: FloatMatrix) -> Codes:
    """The codes of vectors in the coordinates of codes: uint8, (n, quantizer.d)."""
    return np.asarray(quantizer.sa_encode(_widest(mapped, quantizer.d)), np.uint8)


def no_coarse_codes(quantizer: Any) -> CoarseCodes:
    """Of an index in the making, which is asked for none."""
    return CoarseCodes(quantizer, np.empty((0, quantizer.d), np.uint8), np.empty(0, np.float32))


def coordinates_left_out(mapped: FloatMatrix, n_parts: int) -> Scores:
    """The deviations of coordinates that codes leave out, 0 of those that they keep."""
    deviations: Scores = mapped.std(axis=0)
    deviations[:: len(deviations) // n_parts] = 0
    return deviations


def mapped_coarse(quantizer: Any, left_out: Scores, path: Path, n_rows: int) -> CoarseCodes:
    """The codes at the end of a file, which is mapped.

    Raises:
        ValueError: it is shorter than they are.
    """
    shape = (n_rows, quantizer.d)
    offset = path.stat().st_size - n_rows * quantizer.d
    codes = np.memmap(path, np.uint8, "r", offset, shape).view(np.ndarray)
    return CoarseCodes(quantizer, codes, left_out)


def _widest(mapped: npt.NDArray[np.float32], n_parts: int) -> npt.NDArray[np.float32]:
    """The first coordinate of each part: the axes of the greatest variance."""
    return np.ascontiguousarray(mapped[..., :: mapped.shape[-1] // n_parts])


class CoarseCodes:
    """Finds candidates among any rows. Any number of threads may ask at once.

    Args:
        quantizer: as `trained_coarse` makes it.
        codes: uint8, (n_rows, quantizer.d).
        left_out: float32, (dim,): as `coordinates_left_out` tells them.
    """

    def __init__(self, quantizer: Any, codes: Codes, left_out: Scores) -> None:
        self._n_parts = quantizer.d
        self._left_out = left_out
        self._rows = GatheredRows(codes, lambda: faiss_library().clone_index(quantizer))

    def deviation(self, mapped_query: Scores) -> float:
        """How far scores by code lie from the exact ones, over all rows: a standard deviation."""
        return float(np.linalg.norm(self._left_out * mapped_query))

    def candidates(self, rows: IdArray, mapped_query: Scores, n: int) -> tuple[IdArray, float]:
        """About n of these rows, those of the highest scores by code, and what no other's exceeds.

        Args:
            mapped_query: as `Projection.of_queries` maps it, float32, (dim,).
        """
        if len(rows) <= n:
            return rows, -np.inf
        query = _widest(mapped_query, self._n_parts)
        n_of_block = n
        if len(rows) > _SPREAD_OVER_BLOCKS * self._rows.block_rows:
            n_of_block = n // _SPREAD_OVER_BLOCKS
        found, scores, settled_at = self._rows.best_of_blocks(rows, query, n_of_block)
        if len(found) <= n:
            return found, settled_at
        order = np.argpartition(-scores, n)
        return found[order[:n]], max(settled_at, float(scores[order[n]]))
