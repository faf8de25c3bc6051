"""Filters in SQL mean what they mean in Python, on both databases."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.adapters.sql import open_catalogue
from search.domain.item import AttributeValue, TagOrigin
from search.errors import UsageError
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
    TextIs,
)
from tests.catalogue.conftest import Databases
from tests.catalogue.pictures import SPACE, Shelf, text
from tests.support.filters import holds

WORDS = ["red", "RED", "Straße", "STRASSE", "Éa", "éA", "100%", "a_b", "axb", "c\\d", "x\ny", "日"]
KEYS = ["camera", "price", "category"]
NUMBERS = [-1.5, 0.0, 1.0, 1e300, float("inf")]

words = st.sampled_from(WORDS)
patterns = words | st.lists(st.sampled_from([*WORDS, "*", "a", "d", "%", "_"]), max_size=4).map(
    "".join
)
bounds = st.none() | st.sampled_from(NUMBERS)
values = st.builds(AttributeValue, words, st.none() | st.sampled_from(NUMBERS))


@dataclass(frozen=True)
class Facts:
    """What one random item is."""

    tags: frozenset[str]
    attributes: dict[str, AttributeValue]
    path: str
    removed: bool


facts = st.builds(
    Facts,
    st.frozensets(words, max_size=3),
    st.dictionaries(st.sampled_from(KEYS), values),
    words.map(lambda word: f"{word}/img.JPG"),
    st.booleans(),
)

conditions: st.SearchStrategy[Filter] = st.one_of(
    st.builds(HasTag, words | st.just("none")),
    st.builds(TextIs, st.sampled_from([*KEYS, "lens"]), patterns),
    st.builds(HasAttribute, st.sampled_from([*KEYS, "lens"])),
    st.builds(KindIs, st.sampled_from(["photo", "product"])),
    st.builds(PathMatches, patterns | st.sampled_from(["/PHOTOS/*", "*.jpg", "", "img"])),
    st.builds(ItemIs, st.integers(0, 40)),
    st.builds(NumberWithin, st.sampled_from(KEYS), bounds, bounds, st.booleans(), st.booleans()),
)
filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


def matching(shelf: Shelf, where: Filter) -> list[int]:
    with shelf.catalogue.reading() as snapshot:
        found: list[int] = snapshot.matching_items(shelf.gallery.id, where).tolist()
    return found


def test_sql_answers_as_python_does(databases: Databases) -> None:
    url = databases.migrated()
    catalogue = open_catalogue(url)
    names = iter(range(10**6))

    @settings(max_examples=25)
    @given(st.lists(facts, max_size=5), st.lists(filters, min_size=10, max_size=10))
    def check(things: list[Facts], wheres: list[Filter]) -> None:
        gallery = catalogue.create_gallery(f"g{next(names)}")
        with catalogue.writing(gallery.id) as work:
            work.add_space(SPACE)
            work.commit()
        shelf = Shelf(catalogue, gallery)
        ids = [
            shelf.photo(f"{n}/{one.path}", "red", attributes=one.attributes)
            for n, one in enumerate(things)
        ]
        with catalogue.writing(gallery.id) as work:
            for item_id, one in zip(ids, things, strict=True):
                work.add_tags([item_id], sorted(one.tags), origin=TagOrigin.PERSON)
                if one.removed:
                    work.remove_tags([item_id], ["red"])
            work.commit()
        with catalogue.reading() as snapshot:
            records = snapshot.items(gallery.id, ids)
            for where in wheres:
                expected = [record.id for record in records if holds(where, record)]
                assert snapshot.matching_items(gallery.id, where).tolist() == expected, where
                part = snapshot.matching_items(gallery.id, where, offset=1, limit=2)
                assert part.tolist() == expected[1:3], where

    try:
        check()
    finally:
        catalogue.close()
        databases.drop(url)


def test_only_live_items_of_the_gallery_match(shelf: Shelf) -> None:
    one, two = shelf.photo("1.jpg", "red"), shelf.photo("2.jpg", "blue")
    shelf.miss("2.jpg")
    shelf.catalogue.create_gallery("other")
    everything = And(())
    assert matching(shelf, everything) == [one]
    assert matching(shelf, Not(everything)) == []
    assert matching(shelf, Not(ItemIs(two))) == [one]


def test_accents_compare_however_they_are_coded(shelf: Shelf) -> None:
    item_id = shelf.photo("Cafe\u0301.jpg", "red", attributes={"camera": text("Cafe\u0301")})
    for where in (TextIs("camera", "CAF\u00c9"), PathMatches("caf\u00e9"), TextIs("CAMERA", "c*")):
        assert matching(shelf, where) == [item_id]


def test_long_texts_compare_whole(shelf: Shelf) -> None:
    start = "x" * 200
    item_id = shelf.photo("1.jpg", "red", attributes={"camera": text(start + "a")})
    assert matching(shelf, TextIs("camera", start + "A")) == [item_id]
    assert matching(shelf, TextIs("camera", start + "b")) == []
    assert matching(shelf, TextIs("camera", start)) == []
    assert matching(shelf, TextIs("camera", "*xa")) == [item_id]


def test_any_view_of_a_product_may_match_a_path(shelf: Shelf) -> None:
    item_id = shelf.photo("front.jpg", "red", key="sku")
    shelf.photo("back.jpg", "blue", key="sku", ordinal=1)
    assert matching(shelf, PathMatches("back")) == [item_id]


def test_category_is_the_column_of_that_name_for_now(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red", attributes={"category": text("Shoes")})
    assert matching(shelf, InCategory("shoes")) == [item_id]


@pytest.mark.parametrize(
    "where",
    [
        Or(tuple(ItemIs(i) for i in range(490))),
        And(tuple(Not(TextIs("camera", f"*{i}*")) for i in range(240))),
        PathMatches("*" * 100),
        TextIs("a\0b", "\ud800"),
        HasTag("\0"),
        ItemIs(2**80),
        NumberWithin("price", float("nan"), None),
        NumberWithin("price", float("-inf"), float("inf")),
        KindIs("\0"),
        PathMatches("\udcff\0"),
    ],
)
def test_strange_filters_are_answered(shelf: Shelf, where: Filter) -> None:
    shelf.photo("1.jpg", "red", attributes={"price": text("5", 5.0)})
    matching(shelf, where)


def nested(depth: int) -> Filter:
    where: Filter = HasTag("a")
    for _ in range(depth):
        where = Not(where)
    return where


@pytest.mark.parametrize(
    "where",
    [
        Or(tuple(ItemIs(i) for i in range(5_000))),
        nested(5_000),
        TextIs("camera", "*" * 20_000),
    ],
)
def test_filters_that_no_database_takes_are_refused(shelf: Shelf, where: Filter) -> None:
    with pytest.raises(UsageError) as caught:
        matching(shelf, where)
    assert caught.value.hint


def test_deep_filters_are_answered(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red", keywords=("a",))
    assert matching(shelf, nested(58)) == [item_id]
