"""Filters for property tests: a strategy, one normal form, and what a filter means, in Python."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from search.domain.item import ItemKind, ItemRecord
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

_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
) | st.sampled_from(["*", "<5", "5..10", "10", "a b", 'say "x"', "back\\slash", "(x)", "a,b", "or"])
_keys = st.sampled_from(["camera", "price", "taken_at", "tag", "my key", "größe", "a-b", "x"])
_numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def _within(
    key: str, low: float | None, high: float | None, include_low: bool, include_high: bool
) -> NumberWithin:
    return NumberWithin(key, low, high, include_low or low is None, include_high or high is None)


conditions: st.SearchStrategy[Filter] = st.one_of(
    st.builds(HasTag, _texts),
    st.builds(InCategory, _texts),
    st.builds(PathMatches, _texts),
    st.builds(KindIs, st.sampled_from([kind.value for kind in ItemKind])),
    st.builds(ItemIs, st.integers(-(2**62), 2**62)),
    st.builds(TextIs, _keys, _texts),
    st.builds(HasAttribute, _keys),
    st.builds(_within, _keys, _numbers, _numbers, st.booleans(), st.booleans()),
)

filters: st.SearchStrategy[Filter] = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=8,
)


def normal(where: Filter) -> Filter:
    """Nested ands and ors flattened, single parts unwrapped, double negations undone."""
    match where:
        case Not(part):
            inner = normal(part)
            return inner.part if isinstance(inner, Not) else Not(inner)
        case And(parts) | Or(parts):
            kind = type(where)
            if isinstance(where, Or) and not parts:
                return Not(And(()))
            flat: list[Filter] = []
            for part in map(normal, parts):
                flat.extend(part.parts if isinstance(part, kind) else [part])
            return flat[0] if len(flat) == 1 else kind(tuple(flat))
        case _:
            return where


def holds(where: Filter, item: ItemRecord) -> bool:
    """Whether the filter matches; categories are left out."""
    match where:
        case And(parts):
            return all(holds(part, item) for part in parts)
        case Or(parts):
            return any(holds(part, item) for part in parts)
        case Not(part):
            return not holds(part, item)
        case HasTag(name):
            return name.casefold() in {tag.casefold() for tag in item.tags}
        case TextIs(key, text):
            value = item.attributes.get(key)
            return value is not None and _like(text, value.text)
        case HasAttribute(key):
            return key in item.attributes
        case KindIs(kind):
            return item.kind.value == kind
        case PathMatches(text):
            return _like(text if "*" in text else f"*{text}*", item.uri)
        case ItemIs(item_id):
            return item.id == item_id
        case NumberWithin():
            value = item.attributes.get(where.key)
            return value is not None and value.number is not None and _inside(where, value.number)
        case InCategory():
            raise NotImplementedError


def _like(pattern: str, text: str) -> bool:
    parts = map(re.escape, pattern.casefold().split("*"))
    return re.fullmatch(".*".join(parts), text.casefold(), re.DOTALL) is not None


def _inside(within: NumberWithin, number: float) -> bool:
    above = (
        within.low is None or number > within.low or (within.include_low and number == within.low)
    )
    below = (
        within.high is None
        or number < within.high
        or (within.include_high and number == within.high)
    )
    return above and below
