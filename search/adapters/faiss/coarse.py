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

_FEW_BLOCKS = 4
"""Of more blocks than these, each is first asked for such a part of the candidates."""

Codes = npt.NDArray[np.uint8]


def widest(mapped: npt.NDArray[np.float32], n_parts: int) -> npt.NDArray[np.float32]:
    """The first coordinate of each part: the axes of the greatest variance.

    Args:
        mapped: float32, (..., dim): vectors or queries in the coordinates of codes.
    """
    return np.ascontiguousarray(mapped[..., :: mapped.shape[-1] // n_parts])


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
    quantizer.train(widest(mapped, n_parts))
    return quantizer


def coarse_codes(quantizer: Any, mapped: FloatMatrix) -> Codes:
    """The codes of vectors in the coordinates of codes: uint8, (n, quantizer.d)."""
    return np.asarray(quantizer.sa_encode(widest(mapped, quantizer.d)), np.uint8)


def no_coarse_codes(quantizer: Any) -> CoarseCodes:
    """Of an index in the making, which is asked for none."""
    return CoarseCodes(quantizer, np.empty((0, quantizer.d), np.uint8), 0.0)


def coarse_error(mapped: FloatMatrix, n_parts: int) -> float:
    """How far scores by code lie from exact ones for queries such as the projection is fitted to:
    the standard deviation, over queries and vectors, of what the coordinates left out add.

    Such queries' coordinates have a mean square of one each, for unit queries.
    """
    variances = mapped.var(axis=0)
    variances[:: len(variances) // n_parts] = 0
    return float(np.sqrt(variances.sum()))


def mapped_coarse(
    quantizer: Any, error: float, path: Path, offset: int, n_rows: int
) -> CoarseCodes:
    """The codes in a file, from an offset to its end, which are mapped.

    Raises:
        ValueError: it is shorter or longer than they are.
    """
    shape = (n_rows, quantizer.d)
    if path.stat().st_size != offset + n_rows * quantizer.d:
        raise ValueError("the file is cut short, or has something more")
    codes = np.memmap(path, np.uint8, "r", offset, shape).view(np.ndarray)
    return CoarseCodes(quantizer, codes, error)


class CoarseCodes:
    """Finds candidates among any rows. Any number of threads may ask at once.

    Args:
        quantizer: as `trained_coarse` makes it.
        codes: uint8, (n_rows, quantizer.d).
        error: as `coarse_error` tells it.
    """

    def __init__(self, quantizer: Any, codes: Codes, error: float) -> None:
        self.n_parts = quantizer.d
        self.error = error
        self._rows = GatheredRows(codes, lambda: faiss_library().clone_index(quantizer))

    def candidates(self, rows: IdArray, coarse_query: Scores, n: int) -> tuple[IdArray, Scores]:
        """The n rows of the highest scores by code, best first, and these scores.

        Args:
            coarse_query: the `widest` coordinates of a query, float32, (n_parts,).
        """
        blocks = list(self._rows.blocks(rows))
        n_of_block = n if len(blocks) <= _FEW_BLOCKS else n // _FEW_BLOCKS
        best = [self._rows.best(block, coarse_query, n_of_block) for block in blocks]
        if n_of_block < n:
            # Where the good rows lie together, a block has more of them than its part.
            last = np.partition(np.concatenate([scores for _, scores in best]), -n)[-n]
            for at, (found, scores) in enumerate(best):
                if len(found) < len(blocks[at]) and scores[-1] > last:
                    best[at] = self._rows.best(blocks[at], coarse_query, n)
        found = np.concatenate([rows for rows, _ in best])
        scores = np.concatenate([scores for _, scores in best])
        order = np.argsort(-scores)[:n]
        return found[order], scores[order]
