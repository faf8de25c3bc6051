"""Writes a filter in the search box's syntax; reading it again gives an equivalent filter."""

from __future__ import annotations

import re

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
from search.filters.lexer import KNOWN_KEYS

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN_KEY = re.compile(r"[a-z_][a-z0-9_.-]*")
_ALL = "()"


def to_text(where: Filter) -> str:
    """The filter as `parse_filter` reads it; the filter that everything passes is ""."""
    if isinstance(where, And):
        return " ".join(_inner(part) for part in where.parts)
    return _inner(where)


def _inner(where: Filter) -> str:
    match where:
        case And(parts):
            return f"({' '.join(_inner(part) for part in parts)})"
        case Or(parts):
            return f"({' or '.join(_inner(part) for part in parts)})" if parts else f"-{_ALL}"
        case Not(part):
            text = _inner(part)
            return f"-({text})" if text.startswith("-") else f"-{text}"
        case _:
            return _condition(where)


def _condition(where: Filter) -> str:
    match where:
        case HasTag(name):
            return f"tag:{_text(name)}"
        case InCategory(name):
            return f"category:{_text(name)}"
        case KindIs(kind):
            return f"kind:{_text(kind)}"
        case PathMatches(text):
            return f"path:{_text(text)}"
        case ItemIs(item_id):
            return f"item:{item_id}"
        case HasAttribute(key):
            return f"has:{_text(key)}"
        case TextIs(key, text):
            return f"{_key(key)}:{_text(text)}"
        case NumberWithin():
            return f"{_key(where.key)}:{_range(where)}"
        case _:
            raise TypeError(f"not a condition: {where!r}")


def _range(within: NumberWithin) -> str:
    low = high = ""
    if within.low is not None:
        low = ("" if within.include_low else ">") + repr(float(within.low))
    if within.high is not None:
        high = ("" if within.include_high else "<") + repr(float(within.high))
    return f"{low}..{high}"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key not in KNOWN_KEYS else _quote(key)


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _quote(text)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
