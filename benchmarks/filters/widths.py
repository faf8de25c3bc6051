"""Filters of every width: index recall and time, beside the same queries without a filter."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce
from operator import and_
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.vectors import BLOCK_ROWS, SORTS, Floats, K, Vectors, best_scores, recall
from search.domain.rowset import RowSet
from search.ports.vector_index import VectorIndex

WIDTHS = (0.5, 0.1, 0.01, 0.001, 0.0001)
N_CORRELATED = 60
"""Queries whose filters are made for each of them."""

_RANKED_AT_ONCE = 10

Conditions = Sequence[RowSet]
"""What a filter asks for, each as it is kept between queries; without any, all rows pass."""

Ranked = npt.NDArray[np.float32]
"""Scores with every row."""

_HEAD = "queries    filter                 recall   p50 ms   processor ms   of the unfiltered rate"
_LINE = "{sort:10} {name:22} {recall:.4f} {p50_ms:8.2f} {cpu_ms:14.2f}   {rate:.2f}"


def measure_widths(vectors: Vectors, index: VectorIndex, n_queries: int) -> list[Mapping[str, Any]]:
    """Print and return a line for each filter and sort of query."""
    print(_HEAD)
    lines = []
    for sort in SORTS:
        queries = vectors.asked(sort)[:n_queries]
        plain = _measured(vectors, index, queries, ())
        lines.append(_told(sort, "none", plain, plain))
        for width in WIDTHS:
            for name, conditions in _chance_filters(len(vectors.base), width).items():
                found = _measured(vectors, index, queries, conditions)
                lines.append(_told(sort, f"{name}, {width:.2%}", found, plain))
        some = queries[:N_CORRELATED]
        lines.append(_told(sort, "none, as below", _measured(vectors, index, some, ()), plain))
        lines += _correlated(vectors, index, sort, some, plain)
    return lines


def _chance_filters(n: int, width: float) -> Mapping[str, Conditions]:
    rng = np.random.default_rng(11)
    alone = RowSet.of_mask(rng.random(n) < width)
    first, second = (RowSet.of_mask(rng.random(n) < width**0.5) for _ in range(2))
    return {"at random": (alone,), "two and-ed": (first, second)}


def _correlated(
    vectors: Vectors,
    index: VectorIndex,
    sort: str,
    queries: Floats,
    plain: Mapping[str, float],
) -> list[Mapping[str, Any]]:
    """Filters of what each query asks for, and of what it shuns; all are made before any is
    measured, since an exact ranking empties the processor's caches."""
    made: dict[str, tuple[list[Conditions], list[Floats]]] = {}
    for scores in _ranked(vectors.base, queries):
        for width in WIDTHS:
            for name, sign in (("what it asks for", 1), ("what it shuns", -1)):
                filters, exact = made.setdefault(f"{name}, {width:.2%}", ([], []))
                chosen = _nearest(sign * scores, width)
                filters.append((chosen.compact(),))
                among = scores[chosen.numbers]
                exact.append(-np.sort(-np.partition(among, len(among) - K)[-K:]))
    return [
        _told(sort, name, _asked(vectors, index, queries, filters, np.stack(exact)), plain)
        for name, (filters, exact) in made.items()
    ]


def _nearest(scores: Ranked, width: float) -> RowSet:
    """The rows of the highest scores, some noise apart: half of a deviation of the scores."""
    noisy = scores + np.float32(0.5 * scores.std()) * _noise(len(scores))
    n = max(K, int(width * len(scores)))
    return RowSet.of_numbers(np.sort(np.argpartition(-noisy, n - 1)[:n]), len(scores))


@cache
def _noise(n: int) -> Ranked:
    return np.random.default_rng(3).standard_normal(n, np.float32)


def _ranked(base: Any, queries: Floats) -> Iterator[Ranked]:
    """The scores of each query, (n,)."""
    for first in range(0, len(queries), _RANKED_AT_ONCE):
        some = queries[first : first + _RANKED_AT_ONCE]
        parts = [
            some @ np.asarray(base[start : start + BLOCK_ROWS], np.float32).T
            for start in range(0, len(base), BLOCK_ROWS)
        ]
        yield from np.concatenate(parts, axis=1)


def _measured(
    vectors: Vectors, index: VectorIndex, queries: Floats, conditions: Conditions
) -> Mapping[str, float]:
    """One filter for all queries."""
    passing = _put_together(conditions)
    exact = best_scores(vectors.base, queries, None if passing is None else passing.numbers)
    kept = [condition.compact() for condition in conditions]
    return _asked(vectors, index, queries, [kept] * len(queries), exact)


def _put_together(conditions: Conditions) -> RowSet | None:
    """As for each query: what is made of a kept set goes with the query."""
    return reduce(and_, (one.compact() for one in conditions)) if conditions else None


def _asked(
    vectors: Vectors,
    index: VectorIndex,
    queries: Floats,
    filters: Sequence[Conditions],
    exact: Floats,
) -> Mapping[str, float]:
    """Recall and time of queries asked one by one, each with its filter."""
    took, found = [], np.full((len(queries), K), -1)
    for at in range(len(queries)):
        began, began_cpu = time.perf_counter(), time.process_time()
        passing = _put_together(filters[at])
        rows, _ = index.search(queries[at : at + 1], K, allowed=passing)
        took.append((time.perf_counter() - began, time.process_time() - began_cpu))
        found[at, : rows.shape[1]] = rows[0]
    wall_ms, cpu_ms = 1000 * np.median(took, axis=0)
    shares = recall(vectors.base, queries, exact, found)
    return {"recall": shares, "p50_ms": float(wall_ms), "cpu_ms": float(cpu_ms)}


def _told(
    sort: str, name: str, found: Mapping[str, float], plain: Mapping[str, float]
) -> Mapping[str, Any]:
    line = {"sort": sort, "name": name, **found, "rate": plain["p50_ms"] / found["p50_ms"]}
    print(_LINE.format(**line), flush=True)
    return line
