"""Filters of every width: index recall and time, beside the same queries without a filter."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.vectors import SORTS, Floats, Ids, K, Vectors, best_scores, recall
from search.ports.vector_index import VectorIndex

WIDTHS = (0.5, 0.1, 0.01, 0.001, 0.0001)
N_CORRELATED = 20
"""Queries whose filter is made for each of them; an exact ranking of all rows is one pass."""

Filter = Callable[[Floats], Ids]
"""The rows that pass for a query: ascending."""

_HEAD = "queries    filter                 recall   p50 ms   processor ms   of the unfiltered rate"
_LINE = "{sort:10} {name:22} {recall:.4f} {p50_ms:8.2f} {cpu_ms:14.2f}   {rate:.2f}"


def measure_widths(vectors: Vectors, index: VectorIndex, n_queries: int) -> list[Mapping[str, Any]]:
    """Print and return a line for each filter and sort of query."""
    print(_HEAD)
    lines = []
    for sort in SORTS:
        queries = vectors.asked(sort)[:n_queries]
        plain = _measured(vectors, index, queries, None)
        lines.append(_told(sort, "none", plain, plain))
        for width in WIDTHS:
            for name, chosen in _filters(vectors, width).items():
                n = len(queries) if name in ("at random", "two and-ed") else N_CORRELATED
                found = _measured(vectors, index, queries[:n], chosen)
                lines.append(_told(sort, f"{name}, {width:.2%}", found, plain))
    return lines


def _filters(vectors: Vectors, width: float) -> Mapping[str, Filter]:
    n = len(vectors.base)
    rng = np.random.default_rng(11)
    at_random = np.flatnonzero(rng.random(n) < width)
    first, second = (np.flatnonzero(rng.random(n) < width**0.5) for _ in range(2))
    return {
        "at random": lambda query: at_random,
        "two and-ed": lambda query: np.intersect1d(first, second, assume_unique=True),
        "what it asks for": lambda query: _nearest(vectors, query, width),
        "what it shuns": lambda query: _nearest(vectors, -query, width),
    }


def _nearest(vectors: Vectors, query: Floats, width: float) -> Ids:
    """The rows nearest to a query, some noise apart: half of a deviation of its scores."""
    scores = _scores(vectors.base, query)
    scores += np.random.default_rng(3).standard_normal(len(scores)) * 0.5 * scores.std()
    n = max(K, int(width * len(scores)))
    return np.sort(np.argpartition(-scores, n - 1)[:n])


def _scores(base: Any, query: Floats) -> npt.NDArray[np.float64]:
    parts = [
        np.asarray(base[start : start + 50_000], np.float32) @ query
        for start in range(0, len(base), 50_000)
    ]
    return np.concatenate(parts).astype(np.float64)


def _measured(
    vectors: Vectors, index: VectorIndex, queries: Floats, chosen: Filter | None
) -> Mapping[str, float]:
    took, shares = [], []
    for query in queries:
        rows = None if chosen is None else chosen(query)
        exact = best_scores(vectors.base, query[np.newaxis], rows)
        began, began_cpu = time.perf_counter(), time.thread_time()
        found, _ = index.search(query[np.newaxis], K, allowed=rows)
        took.append((time.perf_counter() - began, time.thread_time() - began_cpu))
        shares.append(recall(vectors.base, query[np.newaxis], exact, found))
    wall_ms, cpu_ms = 1000 * np.median(took, axis=0)
    return {"recall": float(np.mean(shares)), "p50_ms": float(wall_ms), "cpu_ms": float(cpu_ms)}


def _told(
    sort: str, name: str, found: Mapping[str, float], plain: Mapping[str, float]
) -> Mapping[str, Any]:
    line = {"sort": sort, "name": name, **found, "rate": plain["p50_ms"] / found["p50_ms"]}
    print(_LINE.format(**line), flush=True)
    return line
