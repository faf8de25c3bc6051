"""Indexes that reach less far or farther: what is asked of them, and which one is recommended."""

from __future__ import annotations

import numpy as np
import pytest

from search.adapters.brute_force import BruteForceIndex
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.rowset import RowSet
from search.evaluation.reaches import (
    Measured,
    measure_trials,
    recommended,
    stored_pictures,
)
from search.ports.index_trials import Trial

N_ROWS = 500


def measured(queries: str, tuned_to: float, recall: float, error: float = 0.0) -> Measured:
    return Measured(queries, "ivf-pq4", tuned_to, False, recall, error, 1.0, 100)


FIGURES = (
    measured("texts", 0.9, 0.91),
    measured("texts", 0.95, 0.97),
    measured("texts", 0.99, 0.995),
    measured("captions", 0.9, 0.85),
    measured("captions", 0.95, 0.89, error=0.02),
    measured("captions", 0.99, 0.96),
)


@pytest.mark.parametrize(
    ("sorts", "wanted", "expected"),
    [
        (["texts"], 0.9, 0.9),
        (["texts"], 0.95, 0.95),
        # Captions are the harder queries, and count as much.
        (["texts", "captions"], 0.9, 0.95),
        (["texts", "captions"], 0.95, 0.99),
        # Nothing that was tried finds so much.
        (["texts", "captions"], 0.98, 0.99),
    ],
)
def test_the_least_reach_is_recommended_that_finds_what_is_wanted_of_each_sort(
    sorts: list[str], wanted: float, expected: float
) -> None:
    assert recommended(FIGURES, sorts, wanted) == expected


@pytest.mark.parametrize("n_rows", [300, 1_001, 4_567])
def test_pictures_that_are_asked_are_none_that_a_build_tunes_by(n_rows: int) -> None:
    vectors = np.random.default_rng(1).standard_normal((n_rows, 8)).astype(np.float16)
    asked = stored_pictures(vectors).own_rows
    assert asked is not None
    tuning = np.arange(0, n_rows, max(1, n_rows // 200))[:200]
    assert 100 < len(asked) <= 200
    if n_rows >= 400:
        assert not set(asked.tolist()) & set(tuning.tolist())


class OnlyItself(BruteForceIndex):
    """Finds the row that the query is, and else the worst there are."""

    def compares_all(self, n_allowed: int) -> bool:
        return False

    def search(
        self,
        queries: FloatMatrix,
        k: int,
        *,
        allowed: RowSet | None = None,
        exactly: bool = False,
    ) -> tuple[IdArray, FloatMatrix]:
        rows, scores = super().search(queries, N_ROWS, allowed=allowed)
        kept = [0, *range(N_ROWS - k + 1, N_ROWS)]
        return rows[:, kept], scores[:, kept]


@pytest.mark.parametrize(("index", "recall"), [(BruteForceIndex, 1.0), (OnlyItself, 0.0)])
def test_a_picture_is_no_answer_to_itself(index: type[BruteForceIndex], recall: float) -> None:
    vectors = np.random.default_rng(2).standard_normal((N_ROWS, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stored = vectors.astype(np.float16)
    trial = Trial("brute-force", None, True, index(stored), lambda query: N_ROWS)
    (one,) = measure_trials([trial], stored, [stored_pictures(stored)])
    assert (one.recall, one.rows_read) == (recall, N_ROWS)
