"""The compiled loops over rows find what plain numpy finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from search.adapters.faiss.compiled import (
    best_of_lists,
    exact_products,
    nearly_best,
    nearly_best_candidates,
    sums,
    weigh,
)
from search.domain.rowset import RowSet
from search.ranking import ERROR_MARGIN, best_rows, exact_scores

N_ROWS, N_LISTS, WIDTH, DIM = 3_000, 20, 16, 48
LOWEST = int(np.iinfo(np.int32).min)
ANY = np.full(N_LISTS, np.iinfo(np.int32).max, np.int32)


@dataclass(frozen=True)
class Stored:
    """Codes of rows that lie list by list, a query's weights, and what is added for each list."""

    codes: npt.NDArray[np.uint8]
    list_of_row: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int16]
    more: npt.NDArray[np.int32]

    @property
    def sums(self) -> npt.NDArray[np.int64]:
        found: npt.NDArray[np.int64] = self.codes.astype(np.int64) @ self.weights
        return found + self.more[self.list_of_row]

    def best(
        self,
        allowed: RowSet,
        n: int,
        k: int,
        n_least: int,
        bounds: npt.NDArray[np.int32],
        size: float = 1.0,
        zero: float = 0.0,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], int]:
        """`best_of_lists`, which takes few rows by number and many by bits."""
        ends = np.cumsum(np.bincount(self.list_of_row, minlength=N_LISTS))
        wide, narrow = np.split(self.codes, [WIDTH // 4], axis=1)
        slack = int(np.abs(self.weights.astype(np.int64)).sum()) * 255
        few = allowed.is_few
        found: tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], int] = best_of_lists(
            np.ascontiguousarray(wide),
            np.ascontiguousarray(narrow),
            self.weights,
            size,
            zero,
            (slack, slack),
            allowed.numbers if few else np.empty(0, np.int64),
            np.empty(0, np.uint64) if few else allowed.bits.view(np.uint64),
            n,
            k,
            (n_least, 0),
            0,
            (ends, np.argsort(-bounds), self.more, bounds),
        )
        return found


@pytest.fixture
def stored() -> Stored:
    rng = np.random.default_rng(4)
    return Stored(
        rng.integers(0, 256, (N_ROWS, WIDTH), np.uint8),
        np.sort(rng.integers(0, N_LISTS, N_ROWS)),
        rng.integers(-2_000, 2_000, WIDTH).astype(np.int16),
        rng.integers(-(10**6), 10**6, N_LISTS).astype(np.int32),
    )


def highest(values: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], n: int) -> list[int]:
    return sorted(values[rows].tolist(), reverse=True)[:n]


@pytest.mark.parametrize("n", [1, 7, 200, N_ROWS])
def test_scores_are_those_of_the_sums(stored: Stored, n: int) -> None:
    rows = np.sort(np.random.default_rng(n).choice(N_ROWS, 1_000, replace=False))
    found, scores, _ = stored.best(RowSet.of_numbers(rows, N_ROWS), n, 1, N_ROWS, ANY, 2.0, 5.0)
    assert len(np.unique(found)) == len(found) == min(n, 1_000)
    assert set(found) <= set(rows)
    assert sorted(stored.sums[found].tolist(), reverse=True) == highest(stored.sums, rows, n)
    assert np.allclose(scores, 2.0 * stored.sums[found] + 5.0, rtol=1e-6)


def test_equal_scores_are_held_up_to_the_number_wanted(stored: Stored) -> None:
    nothing = np.zeros(N_LISTS, np.int32)
    alike = Stored(np.zeros_like(stored.codes), stored.list_of_row, stored.weights, nothing)
    found, _, _ = alike.best(RowSet.of_mask(np.ones(N_ROWS, bool)), 30, 10, N_ROWS, ANY)
    assert len(np.unique(found)) == 30


@pytest.mark.parametrize("share", [0.001, 0.01, 0.15, 0.3, 1.0])
def test_all_lists_hold_what_all_rows_hold(stored: Stored, share: float) -> None:
    mask = np.random.default_rng(5).random(N_ROWS) < share
    rows, allowed = np.flatnonzero(mask), RowSet.of_mask(mask)
    found, _, n_compared = stored.best(allowed, 50, 10, 0, ANY)
    assert n_compared == len(rows)
    assert sorted(stored.sums[found].tolist(), reverse=True) == highest(stored.sums, rows, 50)


@pytest.mark.parametrize("share", [0.01, 0.5])
def test_lists_are_read_in_their_order(stored: Stored, share: float) -> None:
    """Where every list may be left out, the first rows that pass are all that is compared."""
    mask = np.random.default_rng(6).random(N_ROWS) < share
    allowed = RowSet.of_mask(mask)
    order = np.random.default_rng(7).permutation(N_LISTS)
    bounds = np.empty(N_LISTS, np.int32)
    bounds[order] = LOWEST + N_LISTS - np.arange(N_LISTS)
    found, _, n_compared = stored.best(allowed, N_ROWS, 1, 1, bounds)
    read = stored.list_of_row[found]
    n_lists = len(np.unique(read))
    assert set(read) <= set(order[: n_lists + 1 if share == 0.5 else N_LISTS].tolist())
    assert n_compared == len(found) < max(allowed.n_rows, 200)


def test_lists_that_hold_none_of_the_best_are_not_read(stored: Stored) -> None:
    """With the very highest sum of each list as its bound, the best are all found."""
    shift = 300_000 * np.arange(N_LISTS)[stored.list_of_row] // WIDTH // 255
    codes = np.clip(stored.codes // 8 + (shift // 64)[:, np.newaxis], 0, 255).astype(np.uint8)
    weights, nothing = np.full(WIDTH, 100, np.int16), np.zeros(N_LISTS, np.int32)
    near_first = Stored(codes, stored.list_of_row, weights, nothing)
    bounds = np.array(
        [near_first.sums[stored.list_of_row == one].max() for one in range(N_LISTS)], np.int32
    )
    everything = RowSet.of_mask(np.ones(N_ROWS, bool))
    found, _, n_compared = near_first.best(everything, 50, 10, 0, bounds)
    assert n_compared < N_ROWS / 2
    rows = np.arange(N_ROWS)
    best = sorted(near_first.sums[found].tolist(), reverse=True)[:10]
    assert best == highest(near_first.sums, rows, 10)
    _, _, n_at_least = near_first.best(everything, 50, 10, N_ROWS - 1, bounds)
    assert n_at_least == N_ROWS


def test_whole_numbers_stand_for_a_query() -> None:
    rng = np.random.default_rng(6)
    axes = rng.standard_normal((WIDTH, DIM)).astype(np.float32)
    steps, zeros = rng.random(WIDTH).astype(np.float32), rng.random(WIDTH).astype(np.float32)
    query = rng.standard_normal(DIM).astype(np.float32)
    codes = rng.integers(0, 256, (50, WIDTH), np.uint8)
    weights, size, zero = weigh(axes, steps, zeros, query)
    exact = (codes * steps + zeros) @ (axes @ query)
    assert np.allclose(size * sums(codes, weights) + zero, exact, atol=1e-3 * np.ptp(exact))


@pytest.fixture
def halves() -> npt.NDArray[np.float16]:
    rows = np.random.default_rng(7).standard_normal((400, DIM))
    rows[100:120] = rows[100]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


@pytest.mark.parametrize("k", [1, 10, 399])
def test_nearly_best_rows_hold_the_best(halves: npt.NDArray[np.float16], k: int) -> None:
    query = halves[100].astype(np.float32)
    rows = np.arange(0, 400, dtype=np.int64)
    found = nearly_best(halves.view(np.uint16), query, rows, k, ERROR_MARGIN)
    best, _ = best_rows(halves, query, k)
    assert set(best) <= set(found)
    assert len(found) <= max(k, 20) + 1


def test_more_candidates_are_compared_until_it_is_sure(halves: npt.NDArray[np.float16]) -> None:
    """The scores tell nothing here, so that being sure takes all of them."""
    query = halves[3].astype(np.float32)
    rows = np.arange(400, dtype=np.int64)
    scores = np.zeros(400, np.float32)
    bits = halves.view(np.uint16)
    found = nearly_best_candidates(bits, query, rows, scores, 20, 10, ERROR_MARGIN, np.float32(9))
    best, _ = best_rows(halves, query, 10)
    assert set(best) <= set(found)
    scores[:20] = 1
    sure = np.float32(-9)
    found = nearly_best_candidates(bits, query, rows, scores, 20, 10, ERROR_MARGIN, sure)
    assert set(found) <= set(range(20))


@pytest.mark.parametrize("score", [0.0, np.nan])
def test_scores_that_tell_nothing_end_the_search(
    halves: npt.NDArray[np.float16], score: float
) -> None:
    query, rows = halves[3].astype(np.float32), np.arange(30, dtype=np.int64)
    scores = np.full(30, score, np.float32)
    bits, sure = halves.view(np.uint16), np.float32(0)
    found = nearly_best_candidates(bits, query, rows, scores, 50, 10, ERROR_MARGIN, sure)
    best, _ = best_rows(halves, query, 10, rows=rows)
    assert len(found) == 0 if np.isnan(score) else set(best) <= set(found)


def test_products_are_exact_or_said_not_to_be(halves: npt.NDArray[np.float16]) -> None:
    query = np.random.default_rng(8).standard_normal(DIM).astype(np.float32)
    rows = np.arange(400, dtype=np.int64)
    products, are_sure = exact_products(halves.view(np.uint16), rows, query.astype(np.float64))
    assert are_sure
    assert np.array_equal(products, exact_scores(halves, query))
    # Between two float32, as near to the one as to the other.
    between = np.array([[1.0, 2.0**-11]], np.float16)
    query = np.array([1.0, 2.0**-13], np.float64)
    assert not exact_products(between.view(np.uint16), rows[:1], query)[1]


def test_every_finite_float16_is_read_as_what_it_is() -> None:
    every = np.arange(2**16, dtype=np.uint16)
    bits = every[np.isfinite(every.view(np.float16))]
    products, _ = exact_products(bits[:, np.newaxis], np.arange(len(bits)), np.ones(1))
    assert np.array_equal(products, bits.view(np.float16).astype(np.float32))
