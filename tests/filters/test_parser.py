"""What the search box's syntax means, example by example."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from search.errors import FilterSyntaxError
from search.filters.ast import (
    And,
    Filter,
    HasAttribute,
    HasTag,
    InCategory,
    ItemIs,
    KindIs,
    Not,
    NumberWithin,
    Or,
    PathMatches,
    SearchBox,
    TextIs,
)
from search.filters.parser import parse_filter, parse_search_box


def at(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0) -> float:
    return datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()


def taken(low: float | None, high: float | None) -> NumberWithin:
    return NumberWithin("taken_at", low, high, True, high is None)


def test_the_whole_syntax_at_once() -> None:
    box = parse_search_box(
        "red car tag:beach -tag:blurry category:dog price:<50 after:2024-01-01"
        ' camera:"Pixel 8" -people -"two dogs"'
    )
    assert box.text == "red car"
    assert box.minus == ("people", "two dogs")
    assert box.where == And(
        (
            HasTag("beach"),
            Not(HasTag("blurry")),
            InCategory("dog"),
            NumberWithin("price", None, 50.0, True, False),
            taken(at(2024), None),
            TextIs("camera", "Pixel 8"),
        )
    )


def test_nothing_written_is_no_filter() -> None:
    assert parse_filter("  ") is None
    assert parse_search_box("") == SearchBox("", (), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag:beach", HasTag("beach")),
        ("TAG:Beach", HasTag("Beach")),
        ('tag:"a \\"b\\" \\\\ c"', HasTag('a "b" \\ c')),
        ("tag:a,b", Or((HasTag("a"), HasTag("b")))),
        ('tag:"a,b",c', Or((HasTag("a,b"), HasTag("c")))),
        ("-tag:a,b", Not(Or((HasTag("a"), HasTag("b"))))),
        ("kind:Photo", KindIs("photo")),
        ("path:2024/*.jpg", PathMatches("2024/*.jpg")),
        ("in:C:\\Photos", PathMatches("C:\\Photos")),
        ("item:7", ItemIs(7)),
        ("has:GPS", HasAttribute("gps")),
        ("lens:*", HasAttribute("lens")),
        ("Camera:pixel*", TextIs("camera", "pixel*")),
        ("price:<5", NumberWithin("price", None, 5.0, True, False)),
        ("price:<=5", NumberWithin("price", None, 5.0)),
        ("price:>5", NumberWithin("price", 5.0, None, False)),
        ("price:>=-5.5", NumberWithin("price", -5.5, None)),
        ("price:5..10", NumberWithin("price", 5.0, 10.0)),
        ("price:>5..<10", NumberWithin("price", 5.0, 10.0, False, False)),
        ("price:5..", NumberWithin("price", 5.0, None)),
        ("price:..10", NumberWithin("price", None, 10.0)),
        ("price:..", NumberWithin("price")),
        ("size:10", Or((NumberWithin("size", 10.0, 10.0), TextIs("size", "10")))),
        ('size:"10"', TextIs("size", "10")),
        ("version:1..beta", TextIs("version", "1..beta")),
        ("released:>=2024-03-05", NumberWithin("released", at(2024, 3, 5), None)),
        ("released:>2024-03-05", NumberWithin("released", at(2024, 3, 6), None)),
        ("after:2024", taken(at(2024), None)),
        ("before:2024-03", taken(None, at(2024, 3))),
        ("taken:2024", taken(at(2024), at(2025))),
        ("taken:2024-12", taken(at(2024, 12), at(2025, 1))),
        ("taken:2024-02-28", taken(at(2024, 2, 28), at(2024, 2, 29))),
        ("taken:2024-02-28T10:30", taken(at(2024, 2, 28, 10, 30), at(2024, 2, 28, 10, 31))),
        ("taken:2024-01..2024-03", taken(at(2024), at(2024, 4))),
        ("taken:..2024", taken(None, at(2025))),
        ("taken:2024..", taken(at(2024), None)),
        ("taken:<2024", taken(None, at(2024))),
        ("taken:<=2024", taken(None, at(2025))),
        ("taken:>2024", taken(at(2025), None)),
        ("taken:*", HasAttribute("taken_at")),
        ('"my key":x', TextIs("my key", "x")),
        ('"tag":x', TextIs("tag", "x")),
        ("(tag:a or tag:b) tag:c", And((Or((HasTag("a"), HasTag("b"))), HasTag("c")))),
        ("tag:c tag:a OR tag:b", And((HasTag("c"), Or((HasTag("a"), HasTag("b")))))),
        ("-(tag:a tag:b)", Not(And((HasTag("a"), HasTag("b"))))),
        ("(tag:a(b) or tag:c)", Or((HasTag("a(b)"), HasTag("c")))),
        ("größe:>3", NumberWithin("größe", 3.0, None, False)),
    ],
)
def test_a_filter_means(text: str, expected: Filter) -> None:
    assert parse_filter(text) == expected
    assert parse_search_box(f"word {text}").where == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com/a.jpg",
        "at 10:30 sharp",
        "Re: holiday",
        "C:/photos/a.jpg",
        "smile :) and :(",
        "wink;) note:)",
        '5" pipe',
        "red or blue",
        "or",
        "a black (and white) cat",
        "( unclosed",
        "closed )",
        "mother-in-law - sister",
        "-- dashes",
        "-",
        "()",
        "ratio 16:9",
        "日本 の 海",
    ],
)
def test_what_only_looks_like_syntax_stays_words(text: str) -> None:
    assert parse_search_box(text) == SearchBox(text, (), None)


@pytest.mark.parametrize(
    ("text", "words", "minus"),
    [
        ('"red car" blue', "red car blue", ()),
        ('"tag:x"', "tag:x", ()),
        ('"or"', "or", ()),
        ("cat -dog -(two birds)", "cat", ("dog", "(two birds)")),
        ('""', "", ()),
    ],
)
def test_words_and_words_to_push_away(text: str, words: str, minus: tuple[str, ...]) -> None:
    assert parse_search_box(text) == SearchBox(words, minus, None)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ('camera:"Pixel 8', 7, "never closed"),
        ('"red', 0, "never closed"),
        ("tag: beach", 4, "no value after tag"),
        ("tag:a,", 6, "value of tag: is missing"),
        ("tag:*", 4, "cannot be asked"),
        ("price:<cheap", 7, "neither a number nor a date"),
        ("taken:soon", 6, "not a date"),
        ("after:2024-13", 6, "not a date"),
        ("taken:9999", 6, "not a date"),
        ("kind:painting", 5, "no kind"),
        ("item:seven", 5, "not an item's number"),
        ("item:99999999999999999999", 5, "not an item's number"),
        ("(tag:a", 0, "never closed"),
        ("(tag:a or)", 9, "not a filter"),
        ('tag:"a"b', 7, "closing quote"),
        ("tag:a\0", 5, "cannot be stored"),
        ("(" * 51 + "tag:a", 50, "nested"),
        ("a" * 10_001, 10_000, "longer"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(
    text: str, position: int, message: str
) -> None:
    for parse in (parse_filter, parse_search_box):
        with pytest.raises(FilterSyntaxError, match=message) as caught:
            parse(text)
        assert caught.value.position == position
        assert caught.value.hint


@pytest.mark.parametrize("text", ["beach", "-beach", "tag:a beach", "or", "tag:a or", "tag:a )"])
def test_free_words_are_no_filter(text: str) -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        parse_filter(text)
    assert caught.value.hint


def test_words_inside_a_group_of_filters_are_refused() -> None:
    with pytest.raises(FilterSyntaxError, match="“sunset” is not a filter") as caught:
        parse_search_box("(tag:a or sunset)")
    assert "tag:sunset" in caught.value.hint
