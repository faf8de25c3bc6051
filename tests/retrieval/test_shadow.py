"""Some answers are compared with exact ones, and what an index loses is told."""

from __future__ import annotations

import numpy as np
import pytest

from search.adapters.brute_force import BruteForceIndex
from search.shadow import Shadow
from tests.evaluation.test_index_recall import EveryOther, state_of, unit_rows

VECTORS = unit_rows(np.random.default_rng(3), 120).astype(np.float16)
QUERY = unit_rows(np.random.default_rng(4), 1)[0]


def told_by(share: float, index: object, among: list[int] | None = None) -> list[tuple[str, float]]:
    told: list[tuple[str, float]] = []
    shadow = Shadow(share, lambda sort, recall: told.append((sort, recall)))
    state = state_of(VECTORS, index)
    kept = None if among is None else state.views(np.array(among, np.int64))
    found = state.nearest(QUERY, 20, kept)
    shadow.offer("text", state, QUERY, kept, found)
    shadow.wait()
    return told


def test_what_an_index_misses_is_told() -> None:
    exact = state_of(VECTORS, BruteForceIndex(VECTORS)).nearest(QUERY, 10)
    n_even = sum((view - 1) % 2 == 0 for view in exact.view_ids.tolist())  # Row 0 is view 1.
    assert told_by(1.0, EveryOther(VECTORS)) == [("text", pytest.approx(n_even / 10))]
    assert 0 < n_even < 10


def test_a_filter_is_kept_when_it_is_asked_again() -> None:
    odd_views = list(range(1, 101, 2))
    assert told_by(1.0, EveryOther(VECTORS), odd_views) == [("text", 1.0)]


def test_exact_answers_and_a_share_of_nothing_are_not_measured() -> None:
    assert told_by(1.0, BruteForceIndex(VECTORS)) == []
    assert told_by(0.0, EveryOther(VECTORS)) == []


def test_an_index_hears_what_it_missed() -> None:
    index = EveryOther(VECTORS)
    [(_, share)] = told_by(1.0, index)
    assert index.heard == share
