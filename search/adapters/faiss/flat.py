"""`flat16`: FAISS compares every float16 vector, exactly, straight from the mapped file.

The index file holds the format alone (dimension, metric, element type). Its vectors are those of
the generation, seen in place: nothing is stored or loaded twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.library import faiss_library, one_thread
from search.adapters.faiss.ranked import RankedIndex, damaged, read_mapped, selector
from search.adapters.faiss.seen import flat_index, see_in_place
from search.domain.arrays import HalfMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import ERROR_MARGIN, Scores

_MARGIN_ROWS = 32
_BLOCK_ROWS = 16_384


def write_flat(vectors: HalfMatrix, path: Path) -> None:
    faiss = faiss_library()
    index = flat_index(vectors.shape[1])
    # One row of zeros, so that reading the file maps something that can own the mapped vectors.
    index.add(np.zeros((1, vectors.shape[1]), np.float32))
    faiss.write_index(index, str(path))


def open_flat(path: Path, vectors: HalfMatrix, compared_rows: int) -> FlatIndex:
    """Raises GenerationCorruptError where the file is not a flat index of these vectors."""
    faiss = faiss_library()
    index = read_mapped(path)
    fits = (
        isinstance(index, faiss.IndexScalarQuantizer)
        and index.d == vectors.shape[1]
        and index.ntotal == 1
        and index.metric_type == faiss.METRIC_INNER_PRODUCT
        and index.sq.qtype == faiss.ScalarQuantizer.QT_fp16
    )
    if not fits:
        raise damaged(path)
    if not see_in_place(index, vectors):
        index = _copied(vectors)
    return FlatIndex(index, vectors, compared_rows)


def _copied(vectors: HalfMatrix) -> Any:
    index = flat_index(vectors.shape[1])
    for start in range(0, len(vectors), _BLOCK_ROWS):
        index.add(np.ascontiguousarray(vectors[start : start + _BLOCK_ROWS], np.float32))
    return index


class FlatIndex(RankedIndex):
    """Every allowed row is compared; candidates within float32's error are scored again."""

    def __init__(self, index: Any, vectors: HalfMatrix, compared_rows: int) -> None:
        super().__init__(vectors, compared_rows)
        self._index = index

    def compares_all(self, n_allowed: int) -> bool:
        return True

    def told(self, query: Scores, share_found: float) -> None:
        """It finds everything."""

    def _best(self, query: Scores, k: int, allowed: RowSet | None) -> tuple[IdArray, Scores]:
        """More candidates are fetched while the last is nearly as good."""
        n_allowed = len(self._vectors) if allowed is None else allowed.n_rows
        parameters = None
        if allowed is not None:
            parameters = faiss_library().SearchParameters(sel=selector(allowed))
        n_fetched = min(k + _MARGIN_ROWS, n_allowed)
        while True:
            with one_thread():
                rough, found = self._index.search(query[np.newaxis], n_fetched, params=parameters)
            settled = rough[0, n_fetched - 1] < rough[0, k - 1] - ERROR_MARGIN
            if settled or n_fetched == n_allowed:
                return self._compare(found[0].astype(np.int64), query, k)
            n_fetched = min(4 * n_fetched, n_allowed)
