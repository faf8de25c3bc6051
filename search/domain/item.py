"""Items and their views, as search and its callers see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Decoding processes load this module, and do without numpy.
    from search.domain.category import ItemCategory


class ItemKind(StrEnum):
    PHOTO = "photo"
    VIDEO = "video"
    PRODUCT = "product"


class ItemState(StrEnum):
    """`missing`: its files are gone, all else is kept; `deleted`: by a person, can be restored."""

    LIVE = "live"
    MISSING = "missing"
    DELETED = "deleted"


class ViewState(StrEnum):
    """`retired`: replaced by newer pixels or no longer part of its item."""

    LIVE = "live"
    MISSING = "missing"
    RETIRED = "retired"


class TagOrigin(StrEnum):
    """Who set a tag: the file's own keywords, or a person."""

    FILE = "file"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A fact about an item that filters can ask for.

    `text` is what people read. `number` makes it sortable; for dates it is seconds since
    1970-01-01 UTC, and `text` is ISO 8601 with the picture's own offset where it is known.
    """

    text: str
    number: float | None = None


Attributes = Mapping[str, AttributeValue]
"""Keys are lower-case: taken_at, camera, lens, price, brand, ..."""


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """One embeddable picture of an item. `uri`: absolute path, `!/member` behind an archive."""

    id: int
    ordinal: int
    uri: str
    content_hash: str
    width: int
    height: int
    state: ViewState = ViewState.LIVE


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item with what people and files say about it. `uri` is its first view's."""

    id: int
    kind: ItemKind
    uri: str
    title: str
    state: ItemState
    revision: int
    tags: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)
    views: tuple[ViewRecord, ...] = ()
    categories: tuple[ItemCategory, ...] = ()
