"""Measures, on the gallery's own pictures and on texts, how far an index has to reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.coded import CodedIndex
from search.adapters.faiss.kinds import KindPolicy
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

N_QUERIES = 200
K = 10
TENTH = 10
"""Every tenth row stands for a filter that lets a tenth pass."""

_BLOCK_ROWS = 16_384
_GROWTH = 2.0
"""A filter that leaves a tenth at least doubles the share that is read."""

_SHARE_OF_LOSS = 0.6
"""Of what may be lost, so much goes to lists that are not read, the rest to codes."""


def tuned(
    index: CodedIndex, vectors: HalfMatrix, texts: FloatMatrix | None, policy: KindPolicy
) -> Reach:
    """What pictures and texts need in an index to reach the policy's recall.

    Args:
        texts: float32, (n, dim), unit rows, none of which trained the index; without any, what is
            not a picture's query reads everything.
    """
    own = np.arange(0, len(vectors), max(1, len(vectors) // N_QUERIES))[:N_QUERIES]
    pictures = _Asked(np.asarray(vectors[own], np.float32), own)
    of_pictures = _sort_reach(index, vectors, pictures, policy.picture_recall, PICTURE_DEVIATIONS)
    low = float(np.quantile([index.centre_cosine(query) for query in pictures.queries], 0.01))
    if texts is None or not len(texts):
        return Reach(low, of_pictures, EVERYTHING)
    asked = _Asked(texts[:N_QUERIES], np.full(len(texts[:N_QUERIES]), -1))
    of_texts = _sort_reach(index, vectors, asked, policy.text_recall, TEXT_DEVIATIONS)
    high = float(np.quantile([index.centre_cosine(text) for text in texts], 0.99))
    # Where they overlap, all are taken for texts, which need more.
    return Reach((low + high) / 2 if high < low else 2.0, of_pictures, of_texts)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Queries of one sort. `own`: the row that each one is, -1 for none; it is no answer to it."""

    queries: FloatMatrix
    own: IdArray


def _sort_reach(
    index: CodedIndex, vectors: HalfMatrix, asked: _Asked, recall: float, deviations: float
) -> SortReach:
    tenth = np.zeros(len(vectors), bool)
    tenth[::TENTH] = True
    best, best_of_tenth = _exact(vectors, asked)
    covered = 1 - _SHARE_OF_LOSS * (1 - recall)
    share = _share_needed(index, asked, best, covered, None)
    of_tenth = _share_needed(index, asked, best_of_tenth, covered, RowSet.of_mask(tenth))
    n_candidates = _candidates_needed(index, vectors, asked, best, share, recall)
    return SortReach(share, min(1.0, max(of_tenth, _GROWTH * share)), n_candidates, deviations)


def _exact(vectors: HalfMatrix, asked: _Asked) -> tuple[IdArray, IdArray]:
    """The K best rows of each query among all, and among every tenth: int64, (n_queries, K)."""
    among_all, among_tenth = _Best(len(asked.queries)), _Best(len(asked.queries))
    for start in range(0, len(vectors), _BLOCK_ROWS):
        rows = np.arange(start, min(len(vectors), start + _BLOCK_ROWS))
        scores = asked.queries @ np.asarray(vectors[rows], np.float32).T
        scores[asked.own[:, np.newaxis] == rows] = -np.inf
        among_all.add(rows, scores)
        tenth = rows % TENTH == 0
        among_tenth.add(rows[tenth], scores[:, tenth])
    return among_all.rows, among_tenth.rows


class _Best:
    """The K best rows of each query so far."""

    def __init__(self, n_queries: int) -> None:
        self.rows: IdArray = np.empty((n_queries, 0), np.int64)
        self._scores = np.empty((n_queries, 0), np.float32)

    def add(self, rows: IdArray, scores: npt.NDArray[np.float32]) -> None:
        scores = np.concatenate([self._scores, scores], axis=1)
        numbers = np.concatenate(
            [self.rows, np.broadcast_to(rows, (len(scores), len(rows)))], axis=1
        )
        kept = np.argpartition(-scores, min(K, scores.shape[1]) - 1, axis=1)[:, :K]
        self.rows = np.take_along_axis(numbers, kept, axis=1)
        self._scores = np.take_along_axis(scores, kept, axis=1)


def _share_needed(
    index: CodedIndex, asked: _Asked, best: IdArray, covered: float, allowed: RowSet | None
) -> float:
    """The share of rows to read, so that this part of the best rows lies in the lists read."""
    needed = np.empty(best.shape)
    for at, query in enumerate(asked.queries):
        order = index.lists.order(query, index.mapped(query), len(index.lists))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        held = index.lists.rows_before(order, allowed)
        needed[at] = held[place[index.lists.of_row[best[at]]]] / held[-1]
    for share in np.unique(needed):
        if _surely(np.mean(needed <= share, axis=1)) >= covered:
            return float(share)
    return 1.0


def _surely(recalls: npt.NDArray[np.float64]) -> float:
    """A mean over queries, less its standard error: the next queries may be harder."""
    return float(recalls.mean() - recalls.std() / np.sqrt(len(recalls)))


def _candidates_needed(
    index: CodedIndex,
    vectors: HalfMatrix,
    asked: _Asked,
    best: IdArray,
    share: float,
    recall: float,
) -> int:
    """How many candidates hold this part of the best rows, where this share of rows is read."""
    found = np.zeros((len(N_CANDIDATES), len(best)))
    for at, query in enumerate(asked.queries):
        mapped = index.mapped(query)
        order = index.lists.order(query, mapped, len(index.lists))
        n_probes = probes_for(index.lists.rows_before(order, None), share)
        rows = index.scan(mapped, order[:n_probes], min(N_CANDIDATES[-1], len(vectors)), None)
        for step, n_candidates in enumerate(N_CANDIDATES):
            among = np.isin(best[at], rows[:n_candidates])
            found[step, at] = among.mean()
    for n_candidates, recalls in zip(N_CANDIDATES, found, strict=True):
        if _surely(recalls) >= recall:
            return n_candidates
    return N_CANDIDATES[-1]
