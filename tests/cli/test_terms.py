"""Weights behind texts and file names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cli.terms import split_file_weight, split_weight
from search.errors import NotFoundError, UsageError


@pytest.mark.parametrize(
    ("typed", "text", "weight"),
    [
        ("at night", "at night", None),
        ("at night@0.5", "at night", 0.5),
        ("rain@-2", "rain", -2.0),
        ("someone@example.org", "someone@example.org", None),
        ("a@b@.25", "a@b", 0.25),
        ("@5", "@5", None),
    ],
)
def test_a_number_behind_the_last_at_sign_is_the_weight(
    typed: str, text: str, weight: float | None
) -> None:
    found = split_weight(typed)
    assert (found.text, found.weight) == (text, weight)


@given(st.text(min_size=1), st.floats(0.01, 99).map(lambda weight: round(weight, 2)))
def test_text_and_weight_come_back_as_they_were_joined(text: str, weight: float) -> None:
    assume(text.strip())
    found = split_weight(f"{text}@{weight}")
    assert (found.text, found.weight) == (text.strip(), weight)


@pytest.mark.parametrize("typed", ["", "   ", "rain@0", "rain@101", "rain@-1000"])
def test_an_empty_text_or_a_senseless_weight_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        split_weight(typed)


def test_a_file_of_exactly_this_name_is_never_misread_as_a_weight(tmp_path: Path) -> None:
    plain, odd = tmp_path / "a", tmp_path / "a@2"
    plain.touch()
    assert split_file_weight(str(odd)) == (plain, 2.0)
    odd.touch()
    assert split_file_weight(str(odd)) == (odd, None)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no file .*gone\.jpg@0\.5"):
        split_file_weight(str(tmp_path / "gone.jpg@0.5"))
    with pytest.raises(UsageError, match="is a folder"):
        split_file_weight(str(tmp_path))
