"""How much of the exact answer a vector index finds, for text and for picture queries apart.

Text lies outside the cone of picture vectors, so an index that is perfect for pictures can lose
answers to words; one figure for both would hide it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np

from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.evaluation.ranking import Floats
from search.ranking import ERROR_MARGIN, Scores
from search.state import SearchState

_BLOCK_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class IndexRecall:
    """Index recall of one kind of query.

    Attributes:
        recall: mean share of the exact first k views that the index found, in [0, 1].
        worst: the lowest share of any query.
        complete: share of the queries that lost nothing.
        index_ms, exact_ms: mean time of one query in the index, and of an exact one among all.
    """

    n_queries: int
    k: int
    recall: float
    worst: float
    complete: float
    index_ms: float
    exact_ms: float

    def to_dict(self) -> dict[str, float | int]:
        """As JSON takes it."""
        return asdict(self)


def measure(
    state: SearchState, queries: FloatMatrix, k: int, *, own_views: IdArray | None = None
) -> IndexRecall:
    """Ask the state's index and an exact search the same queries.

    Only the generation's rows are compared: the tail is searched exactly in any case.

    Args:
        state: with a generation that has rows.
        queries: float32, (n_queries, dim), unit rows; at least one.
        own_views: the stored view that each query is; it is left out of both answers.
    """
    generation, index = state.generation, state.index
    if generation is None or index is None or not len(queries):
        raise ValueError("there is no index, or no query, to measure")
    allowed = state.allowed
    n_asked = k if own_views is None else k + 1
    began = time.perf_counter()
    found = [index.search(query[np.newaxis], n_asked, allowed=allowed) for query in queries]
    index_s = time.perf_counter() - began
    began = time.perf_counter()
    rows, scores = exact_best(generation.vectors, queries, n_asked, _rows(state))
    exact_s = time.perf_counter() - began
    shares = np.empty(len(queries))
    for at, (found_rows, found_scores) in enumerate(found):
        keep, keep_exact = slice(None), slice(None)
        if own_views is not None:
            keep = generation.view_ids[found_rows[0]] != own_views[at]
            keep_exact = generation.view_ids[rows[at]] != own_views[at]
        shares[at] = share_found(found_scores[0][keep][:k], scores[at][keep_exact][:k])
    n = len(queries)
    return IndexRecall(
        n_queries=n,
        k=k,
        recall=float(shares.mean()),
        worst=float(shares.min()),
        complete=float((shares == 1).mean()),
        index_ms=1000 * index_s / n,
        exact_ms=1000 * exact_s / n,
    )


def share_found(found: Scores, exact: Scores) -> float:
    """The share of an exact answer that was found, in [0, 1], told by scores.

    A view as near as the last exact one counts, so that equal pictures are never a loss.

    Source: recall by distance, as ANN-Benchmarks measures it (Aumüller, Bernhardsson, Faithfull,
    Information Systems 87, 2020).
    """
    if not len(exact):
        return 1.0
    near = int((found >= exact[-1] - ERROR_MARGIN).sum())
    return min(near, len(exact)) / len(exact)


def exact_best(
    vectors: HalfMatrix, queries: FloatMatrix, k: int, rows: Iterable[IdArray]
) -> tuple[IdArray, Scores]:
    """The k rows of highest inner product with each query, best first, all queries at once.

    Args:
        vectors: float16, (n, dim).
        rows: blocks of the rows that may answer.
    Returns:
        int64 and float32, (n_queries, at most k).
    """
    best_rows = np.empty((len(queries), 0), np.int64)
    best = np.empty((len(queries), 0), np.float32)
    for block in rows:
        scores = queries @ vectors[block].astype(np.float32).T
        best = np.concatenate([best, scores], axis=1)
        best_rows = np.concatenate(
            [best_rows, np.broadcast_to(block, (len(queries), len(block)))], axis=1
        )
        if best.shape[1] > k:
            kept = np.argpartition(-best, k - 1, axis=1)[:, :k]
            best = np.take_along_axis(best, kept, axis=1)
            best_rows = np.take_along_axis(best_rows, kept, axis=1)
    order = np.argsort(-best, axis=1, kind="stable")
    return (
        np.take_along_axis(best_rows, order, axis=1),
        np.take_along_axis(best, order, axis=1),
    )


def spread(state: SearchState, n_queries: int) -> tuple[FloatMatrix, IdArray]:
    """Stored views spread evenly over the generation, as queries, with their ids."""
    generation = state.generation
    if generation is None:
        raise ValueError("there is no generation to draw from")
    rows = np.concatenate([np.empty(0, np.int64), *_rows(state)])
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, n_queries).astype(int))]
    wide: Floats = generation.vectors[chosen].astype(np.float64)
    wide /= np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return wide.astype(np.float32), generation.view_ids[chosen]


def _rows(state: SearchState) -> Iterable[IdArray]:
    """The generation's rows that count, in blocks."""
    n_rows = 0 if state.generation is None else len(state.generation)
    for start in range(0, n_rows, _BLOCK_ROWS):
        block = np.arange(start, min(n_rows, start + _BLOCK_ROWS), dtype=np.int64)
        yield block if state.allowed is None else block[state.allowed.has(block)]
