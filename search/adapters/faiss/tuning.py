"""Measures, on the gallery's own pictures and on texts, how far an index has to reach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.coded import CodedIndex
from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.lists import probes_for
from search.adapters.faiss.reach import (
    EVERYTHING,
    N_CANDIDATES,
    PICTURE_DEVIATIONS,
    TEXT_DEVIATIONS,
    Reach,
    SortReach,
)
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.rowset import RowSet

_N_PICTURES, _N_TEXTS = 500, 200
"""Asked to measure. Few pictures need most, so that chance tells what 200 of them need."""

K = 10
TENTH = 10
"""Every tenth row stands for a filter that lets a tenth pass."""

_BLOCK_ROWS = 1_600 * TENTH
_GROWTH = 2.0
"""A filter that leaves a tenth at least doubles the share that is read."""

_SHARE_OF_LOSS = 0.6
"""Of what may be lost, so much goes to lists that are not read, the rest to codes."""


class Tuner:
    """Tells what an index needs for any index recall; it is measured once.

    Args:
        texts: float32, (n, dim), unit rows, none of which trained the index; without any, what is
            not a picture's query reads everything.
    """

    def __init__(self, index: CodedIndex, vectors: HalfMatrix, texts: FloatMatrix | None) -> None:
        own = np.arange(0, len(vectors), max(1, len(vectors) // _N_PICTURES))[:_N_PICTURES]
        pictures = np.asarray(vectors[own], np.float32)
        self._pictures = _Asked(index, vectors, pictures, own)
        low = float(np.quantile([index.centre_cosine(query) for query in pictures], 0.01))
        self._picture_cosine, self._texts = low, None
        if texts is not None and len(texts):
            nobody = np.full(len(texts[:_N_TEXTS]), -1)
            self._texts = _Asked(index, vectors, texts[:_N_TEXTS], nobody)
            high = float(np.quantile([index.centre_cosine(text) for text in texts], 0.99))
            # Where they overlap, all are taken for texts, which need more.
            self._picture_cosine = (low + high) / 2 if high < low else 2.0

    def reach(self, picture_recall: float, text_recall: float) -> Reach:
        """What pictures and texts need to reach these."""
        of_texts = EVERYTHING
        if self._texts is not None:
            of_texts = self._texts.reach(text_recall, TEXT_DEVIATIONS)
        of_pictures = self._pictures.reach(picture_recall, PICTURE_DEVIATIONS)
        return Reach(self._picture_cosine, of_pictures, of_texts)


class _Asked:
    """Queries of one sort, and where their best rows lie in an index.

    Args:
        own: the row that each query is, -1 for none; it is no answer to it.
    """

    def __init__(
        self, index: CodedIndex, vectors: HalfMatrix, queries: FloatMatrix, own: IdArray
    ) -> None:
        self._index, self._n_rows, self._queries = index, len(vectors), queries
        tenth = np.zeros(len(vectors), bool)
        tenth[::TENTH] = True
        self._best, best_of_tenth = _exact(vectors, queries, own)
        self._needed = _needed_shares(index, queries, self._best, None)
        self._needed_of_tenth = _needed_shares(index, queries, best_of_tenth, RowSet.of_mask(tenth))

    def reach(self, recall: float, deviations: float) -> SortReach:
        """What these queries need for this index recall."""
        covered = 1 - _SHARE_OF_LOSS * (1 - recall)
        share = _share_covering(self._needed, covered)
        of_tenth = _share_covering(self._needed_of_tenth, covered)
        n_candidates = self._candidates_needed(share, recall)
        of_tenth = min(1.0, max(of_tenth, _GROWTH * share))
        return SortReach(share, of_tenth, n_candidates, deviations)

    def _candidates_needed(self, share: float, recall: float) -> int:
        """How many candidates hold this part of the best rows, where this share of rows is read."""
        index = self._index
        found = np.zeros((len(N_CANDIDATES), len(self._best)))
        for at, query in enumerate(self._queries):
            mapped = index.mapped(query)
            order = index.lists.order(query, len(index.lists))
            n_probes = probes_for(index.lists.rows_before(order, None), share)
            rows = index.scan(mapped, order[:n_probes], min(N_CANDIDATES[-1], self._n_rows), None)
            for step, n_candidates in enumerate(N_CANDIDATES):
                found[step, at] = np.isin(self._best[at], rows[:n_candidates]).mean()
        for n_candidates, recalls in zip(N_CANDIDATES, found, strict=True):
            if _surely(recalls) >= recall:
                return n_candidates
        return N_CANDIDATES[-1]


def _exact(vectors: HalfMatrix, queries: FloatMatrix, own: IdArray) -> tuple[IdArray, IdArray]:
    """The K best rows of each query among all, and among every tenth: int64, (n_queries, K)."""
    among_all, among_tenth = _Best(queries, own), _Best(queries, own)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        rows = np.arange(start, min(len(vectors), start + _BLOCK_ROWS))
        block = np.asarray(vectors[rows], np.float32)
        among_all.add(rows, block)
        among_tenth.add(rows[::TENTH], np.ascontiguousarray(block[::TENTH]))
    return among_all.rows, among_tenth.rows


class _Best:
    """The K best rows of each query so far; its own row is none."""

    def __init__(self, queries: FloatMatrix, own: IdArray) -> None:
        self._queries, self._own = queries, own[:, np.newaxis]
        self.rows: IdArray = np.empty((len(queries), 0), np.int64)
        self._scores = np.empty((len(queries), 0), np.float32)

    def add(self, rows: IdArray, vectors: FloatMatrix) -> None:
        faiss = faiss_library()
        n_found = min(K + 1, len(rows))
        scores, places = faiss.knn(self._queries, vectors, n_found, faiss.METRIC_INNER_PRODUCT)
        scores[rows[places] == self._own] = -np.inf
        scores = np.concatenate([self._scores, scores], axis=1)
        numbers = np.concatenate([self.rows, rows[places]], axis=1)
        kept = np.argsort(-scores, axis=1)[:, :K]
        self.rows = np.take_along_axis(numbers, kept, axis=1)
        self._scores = np.take_along_axis(scores, kept, axis=1)


def _needed_shares(
    index: CodedIndex, queries: FloatMatrix, best: IdArray, allowed: RowSet | None
) -> npt.NDArray[np.float64]:
    """For each of the best rows, the share of rows in the lists up to its own: shape of `best`."""
    needed = np.empty(best.shape)
    for at, query in enumerate(queries):
        order = index.lists.order(query, len(index.lists))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        held = index.lists.rows_before(order, allowed)
        needed[at] = held[place[index.lists.of_rows(best[at])]] / held[-1]
    return needed


def _share_covering(needed: npt.NDArray[np.float64], covered: float) -> float:
    """The share of rows to read, so that this part of the best rows lies in the lists read."""
    for share in np.unique(needed):
        if _surely(np.mean(needed <= share, axis=1)) >= covered:
            return float(share)
    return 1.0


def _surely(recalls: npt.NDArray[np.float64]) -> float:
    """A mean over queries, less its standard error: the next queries may be harder."""
    return float(recalls.mean() - recalls.std() / np.sqrt(len(recalls)))
