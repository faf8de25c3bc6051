"""Answers of decoding processes survive the pipe, and rubbish in their place is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.decoding.wire import Outcome, pack, unpack
from search.domain.indexing import DecodedPicture
from search.domain.item import AttributeValue

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PICTURES = st.builds(
    DecodedPicture,
    st.just("ab" * 32),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.dictionaries(
        TEXT,
        st.builds(
            AttributeValue, TEXT, st.none() | st.floats(allow_nan=False, allow_infinity=False)
        ),
        max_size=5,
    ),
    st.lists(TEXT, max_size=5).map(tuple),
    TEXT,
)


@given(PICTURES, st.integers(0, 4), st.booleans())
def test_outcome_comes_out_as_it_went_in(picture: DecodedPicture, side: int, last: bool) -> None:
    pixels = bytes(range(side * side * 3))
    outcome = Outcome(picture.content_hash, None, picture, pixels, (side, side, 3), last)
    assert unpack(pack(outcome)) == outcome


def test_reasons_and_known_hashes_come_out_as_they_went_in() -> None:
    for outcome in (Outcome("aa"), Outcome(None, "Gone."), Outcome("aa", "Damaged.")):
        assert unpack(pack(outcome)) == outcome


@given(st.binary())
def test_rubbish_is_refused_with_a_value_error(message: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(message)


@pytest.mark.parametrize(
    "message",
    [
        b"{}\n",
        b"[]\n",
        b'{"hash": "a", "reason": null, "shape": [2, 2, 3], "last": false}\nshort',
        b'{"hash": "a", "reason": null, "shape": [-1, -1, 0], "last": false}\n',
        b'{"hash": "a", "reason": null, "shape": [0, 0, 3], "last": false, "picture": {}}\n',
        b'{"hash": "a", "reason": null, "shape": [0, 0, 3], "last": false, "picture": 7}\n',
    ],
)
def test_answers_that_do_not_fit_are_refused(message: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(message)
