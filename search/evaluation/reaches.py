"""What indexes find that reach less far or farther, and how long they take, by sort of query.

Texts are those that a build measures by, captions the gallery's own; pictures are stored vectors,
each left out of its own answer, and none that a build measures by.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.evaluation.index_recall import exact_best, share_found
from search.ports.index_trials import Trial
from search.ranking import Scores

K = 10
N_PICTURES = 200
N_EXACT = 20
"""So many queries tell how long an index takes that compares everything; it loses nothing."""

RECALLS = (0.9, 0.95, 0.98, 0.99, 1.0)
"""What an index by codes is tuned to, to be compared."""

_BLOCK_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries of one sort.

    Attributes:
        sort: texts, captions or pictures.
        vectors: float32, (n, dim), unit rows; at least one.
        own_rows: the row that each query is, which is no answer to it.
    """

    sort: str
    vectors: FloatMatrix
    own_rows: IdArray | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """How one trial answers one sort of query.

    Attributes:
        tuned_to, in_use: as of `Trial`.
        recall: mean share of the exact first ten that was found, in [0, 1].
        error: its standard error.
        median_ms: of one query.
        rows_read: mean number of rows that are compared for a query.
    """

    queries: str
    kind: str
    tuned_to: float | None
    in_use: bool
    recall: float
    error: float
    median_ms: float
    rows_read: int

    def to_dict(self) -> dict[str, object]:
        """As JSON takes it."""
        return asdict(self)


def stored_pictures(vectors: HalfMatrix) -> Queries:
    """Rows spread evenly, between those that a build tunes by."""
    step = max(2, len(vectors) // N_PICTURES)
    rows = np.arange(step // 2, len(vectors), step)[:N_PICTURES]
    wide = vectors[rows].astype(np.float32)
    wide /= np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return Queries("pictures", np.ascontiguousarray(wide), rows)


def measure_trials(
    trials: Sequence[Trial],
    vectors: HalfMatrix,
    asked: Sequence[Queries],
    advance: Callable[[int, int, str], None] = lambda done, total, word: None,
) -> Iterator[Measured]:
    """Ask every trial all queries, one sort after the other.

    Args:
        vectors: those of the trials; at least K + 1.
        advance: called with how many measurements are done, and how many there are.
    """
    total = len(trials) * len(asked)
    for number, queries in enumerate(asked):
        blocks = (
            np.arange(start, min(len(vectors), start + _BLOCK_ROWS))
            for start in range(0, len(vectors), _BLOCK_ROWS)
        )
        rows, scores = exact_best(vectors, queries.vectors, K + 1, blocks)
        exact = [_without(queries, at, rows[at], scores[at]) for at in range(len(queries.vectors))]
        for done, trial in enumerate(trials, start=number * len(trials)):
            advance(done, total, queries.sort)
            yield _measured(trial, queries, exact, len(vectors))


def _measured(trial: Trial, queries: Queries, exact: Sequence[Scores], n_rows: int) -> Measured:
    n = len(queries.vectors)
    if trial.index.compares_all(n_rows):
        n = min(n, N_EXACT)
    shares, times = np.empty(n), np.empty(n)
    for at, query in enumerate(queries.vectors[:n]):
        began = time.perf_counter()
        rows, scores = trial.index.search(query[np.newaxis], K + 1)
        times[at] = time.perf_counter() - began
        shares[at] = share_found(_without(queries, at, rows[0], scores[0]), exact[at])
    return Measured(
        queries=queries.sort,
        kind=trial.kind,
        tuned_to=trial.tuned_to,
        in_use=trial.in_use,
        recall=float(shares.mean()),
        error=float(shares.std() / np.sqrt(n)),
        median_ms=1000 * float(np.median(times)),
        rows_read=round(np.mean([trial.n_read(query) for query in queries.vectors[:n]])),
    )


def _without(queries: Queries, at: int, rows: IdArray, scores: Scores) -> Scores:
    """The scores of an answer's first ten, without the row that the query itself is."""
    if queries.own_rows is not None:
        scores = scores[rows != queries.own_rows[at]]
    return scores[:K]


def recommended(measured: Sequence[Measured], sorts: Sequence[str], wanted: float) -> float:
    """The least recall to tune to, so that each of these sorts finds what is wanted of it, chance
    left aside; where none does, the greatest that was tried."""
    tried = sorted({one.tuned_to for one in measured if one.tuned_to is not None})
    for recall in (recall for recall in tried if recall >= wanted):
        of_recall = [one for one in measured if one.tuned_to == recall and one.queries in sorts]
        if all(one.recall + one.error >= wanted for one in of_recall):
            return recall
    return tried[-1]
