"""Exact scores of chosen rows: gathered block by block, compared by FAISS as float16.

FAISS reads float16 at the processor's vector width, numpy one number at a time: 1,000 rows of 512
dimensions take 0.15 ms instead of 0.8.
"""

from __future__ import annotations

import numpy as np

from search.adapters.faiss.gathered import GatheredRows
from search.adapters.faiss.seen import flat_index
from search.domain.arrays import HalfMatrix, IdArray
from search.ranking import ERROR_MARGIN, Scores, exact_scores, rank

_MARGIN_ROWS = 32


class RowComparer:
    """Compares a query with any rows of one matrix. Any number of threads may ask at once."""

    def __init__(self, vectors: HalfMatrix) -> None:
        self._vectors = vectors
        self._rows = GatheredRows(vectors, lambda: flat_index(vectors.shape[1]))

    def best(self, rows: IdArray, query: Scores, k: int) -> tuple[IdArray, Scores]:
        """The k of these rows of highest score, best first, equal scores by row."""
        n_fetched = k + _MARGIN_ROWS
        while True:
            found, rough, settled_at = self._best_of_blocks(rows, query, n_fetched)
            if k >= len(rows):
                break
            kth = np.partition(rough, len(rough) - k)[len(rough) - k] - ERROR_MARGIN
            if settled_at < kth:
                found = found[rough >= kth]
                break
            n_fetched *= 4
        return rank(found, exact_scores(self._vectors[found], query), k)

    def _best_of_blocks(
        self, rows: IdArray, query: Scores, n: int
    ) -> tuple[IdArray, Scores, float]:
        """The n best rows of each block with FAISS's scores, and what no other row exceeds."""
        found, rough, settled_at = [], [], -np.inf
        for block in self._rows.blocks(rows):
            best, scores = self._rows.best(block, query, n)
            if len(best) < len(block):
                settled_at = max(settled_at, float(scores[-1]))
            found.append(best)
            rough.append(scores)
        if len(found) == 1:
            return found[0], rough[0], settled_at
        return np.concatenate(found), np.concatenate(rough), settled_at
