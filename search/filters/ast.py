"""What a filter means, independent of how it is written or evaluated.

Text compares without regard to case everywhere. A condition about something an item lacks is
false, so its negation is true.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; true when empty."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; false when empty."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


@dataclass(frozen=True, slots=True)
class HasTag:
    name: str


@dataclass(frozen=True, slots=True)
class InCategory:
    """The item's category is this one or lies below it.

    Attributes:
        name: a category's name or path, in any taxonomy; or, for one taxonomy alone, its name, a
            colon and the category's path.
    """

    name: str

    @classmethod
    def of_taxonomy(cls, taxonomy: str, path: str) -> InCategory:
        return cls(f"{taxonomy}:{path}")


@dataclass(frozen=True, slots=True)
class TextIs:
    """An attribute's text equals `text`; `*` stands for any run of characters."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class NumberWithin:
    """An attribute's number lies between `low` and `high`; None is unbounded.

    Dates are numbers: seconds since 1970-01-01 UTC.
    """

    key: str
    low: float | None = None
    high: float | None = None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class HasAttribute:
    key: str


@dataclass(frozen=True, slots=True)
class KindIs:
    kind: str


@dataclass(frozen=True, slots=True)
class PathMatches:
    """The uri of one of an item's views contains `text`; with `*`, it matches the pattern whole."""

    text: str


@dataclass(frozen=True, slots=True)
class ItemIs:
    item_id: int


Filter = (
    And
    | Or
    | Not
    | HasTag
    | InCategory
    | TextIs
    | NumberWithin
    | HasAttribute
    | KindIs
    | PathMatches
    | ItemIs
)


@dataclass(frozen=True, slots=True)
class SearchBox:
    """A search box's text, read: words to look for, words to push away, and a filter."""

    text: str
    minus: tuple[str, ...]
    where: Filter | None
