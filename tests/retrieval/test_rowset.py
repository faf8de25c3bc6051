"""A row set is a set of row numbers, whichever form it has."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.domain.rowset import RowSet

SIZES = st.sampled_from([0, 1, 7, 8, 63, 64, 65, 200, 4_097])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, set[int], set[int]]:
    n_all = draw(SIZES)
    rows = st.sets(st.integers(0, n_all - 1), max_size=80) if n_all else st.just(set())
    return n_all, draw(rows), draw(rows)


def made(n_all: int, rows: set[int], form: str) -> RowSet:
    numbers = np.array(sorted(rows), np.int64)
    if form == "numbers":
        return RowSet.of_numbers(numbers, n_all)
    mask = np.zeros(n_all, bool)
    mask[numbers] = True
    found = RowSet.of_mask(mask)
    return found.compact() if form == "compact" else found


FORMS = st.sampled_from(["numbers", "mask", "compact"])


@given(pairs(), FORMS, FORMS)
def test_it_does_what_a_set_does(
    drawn: tuple[int, set[int], set[int]], one_form: str, other_form: str
) -> None:
    n_all, one_rows, other_rows = drawn
    one, other = made(n_all, one_rows, one_form), made(n_all, other_rows, other_form)
    for found, expected in (
        (one, one_rows),
        (one & other, one_rows & other_rows),
        (one | other, one_rows | other_rows),
        (one - other, one_rows - other_rows),
        (one.compact(), one_rows),
    ):
        assert found.n_all == n_all
        assert found.n_rows == len(expected)
        assert found.numbers.tolist() == sorted(expected)
        assert RowSet(n_all, found.n_rows, bits=found.bits).numbers.tolist() == sorted(expected)
        assert len(found.bits) % 8 == 0
    numbers = np.arange(n_all + 1)
    assert one.n_below(numbers).tolist() == [sum(row < n for row in one_rows) for n in numbers]
    everything = np.arange(n_all)
    assert set(everything[one.has(everything)].tolist()) == one_rows
