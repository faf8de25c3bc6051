"""Index recall: exact indexes lose nothing, and what an index loses is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from search.adapters.brute_force import BruteForceIndex
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.rowset import RowSet
from search.evaluation.index_recall import exact_best, measure, share_found, spread
from search.generations import FileDigest, Generation, GenerationIdentity, Manifest
from search.loading import _no_rows
from search.ranking import Scores
from search.state import SearchState, Tail

N_ROWS, DIM = 120, 8


class EveryOther:
    """An index that never looks at odd rows."""

    def __init__(self, vectors: HalfMatrix) -> None:
        self._all = BruteForceIndex(vectors)
        self._even = np.arange(len(vectors)) % 2 == 0

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
        if exactly:
            return self._all.search(queries, k, allowed=allowed)
        kept = np.flatnonzero(self._even)
        if allowed is not None:
            kept = np.intersect1d(kept, allowed.numbers)
        return self._all.search(queries, k, allowed=RowSet.of_numbers(kept, len(self._even)))

    def told(self, query: Scores, share_found: float) -> None:
        self.heard = share_found


def unit_rows(rng: np.random.Generator, n: int) -> FloatMatrix:
    rows = rng.normal(size=(n, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def state_of(vectors: HalfMatrix, index: object, allowed: RowSet | None = None) -> SearchState:
    ids = np.arange(1, len(vectors) + 1, dtype=np.int64)
    manifest = Manifest(
        GenerationIdentity(1, "epoch", "space", DIM, 1),
        len(vectors),
        "test",
        {"x": FileDigest(0, "")},
    )
    generation = Generation(Path("nowhere"), manifest, "", vectors, ids, ids)
    nothing = np.empty(0, np.int64)
    tail = Tail.of(_no_rows(DIM))
    return SearchState(1, "epoch", "space", 1, 1, generation, index, nothing, allowed, tail)  # type: ignore[arg-type]


def test_an_exact_index_loses_nothing_and_one_that_skips_half_is_found_out() -> None:
    rng = np.random.default_rng(3)
    vectors = unit_rows(rng, N_ROWS).astype(np.float16)
    queries = unit_rows(rng, 30)
    exact = measure(state_of(vectors, BruteForceIndex(vectors)), queries, 10)
    assert (exact.recall, exact.worst, exact.complete) == (1, 1, 1)
    half = measure(state_of(vectors, EveryOther(vectors)), queries, 10)
    assert half.recall == pytest.approx(0.5, abs=0.1)
    assert half.worst < half.recall
    assert half.complete == 0


def test_a_stored_view_is_left_out_of_its_own_answer() -> None:
    vectors = np.eye(DIM, dtype=np.float16)
    state = state_of(vectors, EveryOther(vectors))
    queries, own = spread(state, DIM)
    found = measure(state, queries, 1, own_views=own)
    # All others are equally far, so the even rows are as good as the odd ones.
    assert found.recall == 1


def test_hidden_rows_are_neither_asked_nor_missed() -> None:
    rng = np.random.default_rng(3)
    vectors = unit_rows(rng, N_ROWS).astype(np.float16)
    even = np.arange(N_ROWS) % 2 == 0
    state = state_of(vectors, EveryOther(vectors), allowed=RowSet.of_mask(even))
    queries, own = spread(state, 40)
    assert (own % 2 == 1).all()  # Row 0 is view 1.
    assert measure(state, queries, 10, own_views=own).recall == 1


@given(
    hnp.arrays(np.float32, (20, 3), elements=st.integers(-3, 3).map(float)),
    st.integers(1, 25),
    st.integers(1, 7),
)
def test_exact_best_is_a_plain_sort(rows: np.ndarray, k: int, size: int) -> None:
    queries = np.array([[1, 0, 0], [0, 1, -1]], np.float32)
    blocks = [np.arange(at, min(20, at + size)) for at in range(0, 20, size)]
    found, scores = exact_best(rows.astype(np.float16), queries, k, blocks)
    expected = -np.sort(-(queries @ rows.T), axis=1)[:, :k]
    assert scores.tolist() == expected.tolist()
    assert np.take_along_axis(queries @ rows.T, found, axis=1).tolist() == expected.tolist()


def test_an_equally_near_view_is_no_loss_and_a_missing_one_is() -> None:
    exact = np.array([0.9, 0.5, 0.5], np.float32)
    assert share_found(exact, exact) == 1
    assert share_found(exact[:2], exact) == pytest.approx(2 / 3)
    assert share_found(np.array([0.9, 0.5, 0.4], np.float32), exact) == pytest.approx(2 / 3)
    assert share_found(np.empty(0, np.float32), np.empty(0, np.float32)) == 1
