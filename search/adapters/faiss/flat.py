"""`flat16`: FAISS compares every float16 vector, exactly, straight from the mapped file.

The index file holds the format alone (dimension, metric, element type). Its vectors are those of
the generation, seen in place: nothing is stored or loaded twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.ranked import RankedIndex, damaged, read_mapped
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.ranking import ERROR_MARGIN

_MARGIN_ROWS = 32
_BLOCK_ROWS = 16_384


def write_flat(vectors: HalfMatrix, path: Path) -> None:
    faiss = faiss_library()
    index = _empty(vectors.shape[1])
    # One row of zeros, so that reading the file maps something that can own the mapped vectors.
    index.add(np.zeros((1, vectors.shape[1]), np.float32))
    faiss.write_index(index, str(path))


def _empty(dim: int) -> Any:
    faiss = faiss_library()
    return faiss.IndexScalarQuantizer(
        dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )


def open_flat(path: Path, vectors: HalfMatrix) -> FlatIndex:
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
    if not _see_in_place(index, vectors):
        index = _copied(vectors)
    return FlatIndex(index, vectors)


def _see_in_place(index: Any, vectors: HalfMatrix) -> bool:
    """Point the index at the vectors without a copy; False where this FAISS cannot."""
    faiss = faiss_library()
    owner = getattr(getattr(index, "codes", None), "owner", None)
    if owner is None or not vectors.flags.c_contiguous or not len(vectors):
        return False
    address = faiss.swig_ptr(vectors.view(np.uint8).reshape(-1))
    index.codes = faiss.MaybeOwnedVectorUInt8.create_view(address, vectors.nbytes, owner)
    index.ntotal = len(vectors)
    return True


def _copied(vectors: HalfMatrix) -> Any:
    index = _empty(vectors.shape[1])
    for start in range(0, len(vectors), _BLOCK_ROWS):
        index.add(np.ascontiguousarray(vectors[start : start + _BLOCK_ROWS], np.float32))
    return index


class FlatIndex(RankedIndex):
    """Every allowed row is compared; candidates within float32's error are scored again."""

    @property
    def exact(self) -> bool:
        return True

    def _candidates(self, query: FloatMatrix, k: int, n_allowed: int, selector: Any) -> IdArray:
        """Rows that surely hold the k best: more are fetched while the last is nearly as good."""
        parameters = None if selector is None else faiss_library().SearchParameters(sel=selector)
        n_fetched = min(k + _MARGIN_ROWS, n_allowed)
        while True:
            rough, found = self._index.search(query, n_fetched, params=parameters)
            settled = rough[0, n_fetched - 1] < rough[0, k - 1] - ERROR_MARGIN
            if settled or n_fetched == n_allowed:
                return found[0].astype(np.int64)  # type: ignore[no-any-return]
            n_fetched = min(4 * n_fetched, n_allowed)
