"""`ivf-sq8`: an inverted file of byte codes finds candidates, exact scores order them.

For galleries too large to compare every vector. Reads a fixed, generous share of the lists, and
wider where a filter leaves too few candidates there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.kinds import KindPolicy
from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.ranked import RankedIndex, damaged, read_mapped
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray

_BLOCK_ROWS = 16_384
_TRAINING_ROWS_PER_LIST = 40
_TRAINING_ROUNDS = 10


def write_inverted(vectors: HalfMatrix, path: Path, policy: KindPolicy) -> None:
    faiss = faiss_library()
    n_rows, dim = vectors.shape
    n_lists = policy.n_lists(n_rows)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim),
        dim,
        n_lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.niter = _TRAINING_ROUNDS
    step = max(1, n_rows // (n_lists * _TRAINING_ROWS_PER_LIST))
    index.train(np.ascontiguousarray(vectors[::step], np.float32))
    for start in range(0, n_rows, _BLOCK_ROWS):
        index.add(np.ascontiguousarray(vectors[start : start + _BLOCK_ROWS], np.float32))
    faiss.write_index(index, str(path))


def open_inverted(path: Path, vectors: HalfMatrix, policy: KindPolicy) -> InvertedIndex:
    """Raises GenerationCorruptError where the file is no inverted file of these vectors."""
    faiss = faiss_library()
    index = read_mapped(path)
    fits = (
        isinstance(index, faiss.IndexIVFScalarQuantizer)
        and index.d == vectors.shape[1]
        and index.ntotal == len(vectors)
        and index.metric_type == faiss.METRIC_INNER_PRODUCT
    )
    if not fits:
        raise damaged(path)
    return InvertedIndex(index, vectors, policy)


class InvertedIndex(RankedIndex):
    """Candidates from some of the lists, ordered exactly."""

    def __init__(self, index: Any, vectors: HalfMatrix, policy: KindPolicy) -> None:
        super().__init__(index, vectors)
        self._policy = policy

    @property
    def exact(self) -> bool:
        return False

    def _candidates(self, query: FloatMatrix, k: int, n_allowed: int, selector: Any) -> IdArray:
        """At least k rows: twice as many lists are read while there are fewer."""
        faiss = faiss_library()
        n_wanted = min(self._policy.n_candidates(k), n_allowed)
        n_probes = self._policy.n_probes(self._index.nlist)
        while True:
            parameters = faiss.SearchParametersIVF(nprobe=n_probes, sel=selector)
            _, found = self._index.search(query, n_wanted, params=parameters)
            candidates: IdArray = found[0][found[0] >= 0].astype(np.int64)
            if len(candidates) >= k or n_probes == self._index.nlist:
                return candidates
            n_probes = min(2 * n_probes, self._index.nlist)
