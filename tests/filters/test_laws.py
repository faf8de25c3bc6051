"""Laws of reading and writing filters."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from search.errors import FilterSyntaxError
from search.filters.ast import And, Filter
from search.filters.parser import parse_filter, parse_search_box
from search.filters.printer import to_text
from tests.support.filters import filters, normal

_snippets = st.lists(
    st.sampled_from(
        ["tag:", "price:", "taken:", "item:", "kind:", "has:x", "http://", "or", " or ", "a", "é"]
    )
    | st.sampled_from(["..", "2024-03", *'<5()-*, \n\0:"\\']),
    max_size=20,
).map("".join)


def _refusal(parse: Callable[[str], object], text: str) -> FilterSyntaxError | None:
    try:
        parse(text)
    except FilterSyntaxError as error:
        return error
    return None


@given(filters)
@settings(max_examples=300)
def test_a_printed_filter_reads_back_as_the_same(where: Filter) -> None:
    assert normal(parse_filter(to_text(where)) or And(())) == normal(where)


@given(st.text(max_size=40) | _snippets)
@settings(max_examples=500)
def test_any_text_is_read_or_refused_with_a_position_inside_it(text: str) -> None:
    for parse in (parse_filter, parse_search_box):
        error = _refusal(parse, text)
        assert error is None or (0 <= error.position <= len(text) and error.hint)


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)))
def test_plain_words_are_kept_in_order(words: list[str]) -> None:
    assert parse_search_box(" ".join(words)).text == " ".join(words)
