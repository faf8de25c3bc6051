"""`flat16`: FAISS compares every float16 vector, exactly, straight from the mapped file.

The index file holds the format alone (dimension, metric, element type). Its vectors are those of
the generation, seen in place: nothing is stored or loaded twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.library import faiss_library, one_thread
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.errors import GenerationCorruptError
from search.ports.vector_index import BoolArray
from search.ranking import ERROR_MARGIN, check_queries, exact_scores, rank

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
    flags = getattr(faiss, "IO_FLAG_MMAP_IFC", 0)
    try:
        index = faiss.read_index(str(path), flags)
    except (RuntimeError, MemoryError) as error:
        raise _damaged(path) from error
    fits = (
        isinstance(index, faiss.IndexScalarQuantizer)
        and index.d == vectors.shape[1]
        and index.ntotal == 1
        and index.metric_type == faiss.METRIC_INNER_PRODUCT
        and index.sq.qtype == faiss.ScalarQuantizer.QT_fp16
    )
    if not fits:
        raise _damaged(path)
    if not _see_in_place(index, vectors):
        index = _copied(vectors)
    return FlatIndex(index, vectors)


def _damaged(path: Path) -> GenerationCorruptError:
    return GenerationCorruptError(
        f"The index file {path} is damaged.", hint="Run `sightline repair`."
    )


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


class FlatIndex:
    """Every allowed row is compared; candidates within float32's error are scored again."""

    def __init__(self, index: Any, vectors: HalfMatrix) -> None:
        self._index = index
        self._vectors = vectors  # The index sees this memory: it must live as long as the index.

    @property
    def exact(self) -> bool:
        return True

    def search(
        self, queries: FloatMatrix, k: int, *, allowed: BoolArray | None = None
    ) -> tuple[IdArray, FloatMatrix]:
        check_queries(queries, self._vectors.shape[1], k)
        n_allowed = len(self._vectors) if allowed is None else int(np.count_nonzero(allowed))
        n_found = min(k, n_allowed)
        rows = np.empty((len(queries), n_found), np.int64)
        scores = np.empty((len(queries), n_found), np.float32)
        if n_found:
            with one_thread():
                parameters = _parameters(allowed)
                for i in range(len(queries)):
                    found = self._candidates(queries[i : i + 1], n_found, n_allowed, parameters)
                    found_scores = exact_scores(self._vectors[found], queries[i])
                    rows[i], scores[i] = rank(found, found_scores, n_found)
        return rows, scores

    def _candidates(self, query: FloatMatrix, k: int, n_allowed: int, parameters: Any) -> IdArray:
        """Rows that surely hold the k best: more are fetched while the last is nearly as good."""
        n_fetched = min(k + _MARGIN_ROWS, n_allowed)
        while True:
            rough, found = self._index.search(query, n_fetched, params=parameters)
            settled = rough[0, n_fetched - 1] < rough[0, k - 1] - ERROR_MARGIN
            if settled or n_fetched == n_allowed:
                return found[0].astype(np.int64)  # type: ignore[no-any-return]
            n_fetched = min(4 * n_fetched, n_allowed)


def _parameters(allowed: BoolArray | None) -> Any:
    if allowed is None:
        return None
    faiss = faiss_library()
    bitmap = np.packbits(allowed, bitorder="little")
    return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
