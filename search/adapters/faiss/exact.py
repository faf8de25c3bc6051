"""Exact scores of chosen rows: a fast look first, those that may be among the best then exactly."""

from __future__ import annotations

import numpy as np

from search.domain.arrays import HalfMatrix, IdArray
from search.ranking import ERROR_MARGIN, Scores, exact_scores, rank


class RowComparer:
    """Compares a query with any rows of one matrix. Any number of threads may ask at once."""

    def __init__(self, vectors: HalfMatrix) -> None:
        self._vectors = vectors
        self._halves = vectors.view(np.uint16)

    def best(self, rows: IdArray, query: Scores, k: int) -> tuple[IdArray, Scores]:
        """The k of these rows of highest score, best first, equal scores by row."""
        from search.adapters.faiss.compiled import nearly_best

        if k < len(rows):
            rows = nearly_best(self._halves, query, rows, k, ERROR_MARGIN)
        return self._ranked(rows, query, k)

    def best_candidates(
        self, rows: IdArray, scores: Scores, query: Scores, k: int, n: int, sure: float
    ) -> tuple[IdArray, Scores]:
        """The same of candidates of which the scores are known about.

        Args:
            rows, scores: at least k, in any order.
            n: so many of the highest scores are compared, and twice as many step by step, until
                the k-th best lies by `sure` above the next one's score.
        """
        from search.adapters.faiss.compiled import nearly_best_candidates

        rows = nearly_best_candidates(
            self._halves, query, rows, scores, n, k, ERROR_MARGIN, np.float32(sure)
        )
        return self._ranked(rows, query, k)

    def _ranked(self, rows: IdArray, query: Scores, k: int) -> tuple[IdArray, Scores]:
        from search.adapters.faiss.compiled import exact_products

        scores, are_sure = exact_products(self._halves, rows, query.astype(np.float64))
        if not are_sure:
            scores = exact_scores(self._vectors[rows], query)
        return rank(rows, scores, k)
