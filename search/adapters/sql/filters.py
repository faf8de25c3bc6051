"""A filter as SQL conditions on items; `search/filters/ast.py` says what each part means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, false, not_, or_, select, true

from search.adapters.sql.effective import below, effective
from search.adapters.sql.facts import HEAD_LENGTH
from search.adapters.sql.galleries import gallery_numbered
from search.adapters.sql.id_lists import ids_of
from search.adapters.sql.tables import (
    attributes,
    categories,
    files,
    item_tags,
    items,
    tags,
    taxonomies,
    views,
)
from search.adapters.sql.types import path_to_text
from search.adapters.sql.work import listed
from search.categories.taxonomy import SEPARATOR
from search.domain.arrays import IdArray
from search.domain.item import ItemState, ViewState
from search.domain.text import fold, storable
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
from search.filters.limits import require_reasonable

_CATEGORY = "category"


def matching_items(
    connection: Connection,
    gallery_id: int,
    where: Filter,
    *,
    among: IdArray | None,
    offset: int,
    limit: int | None,
) -> IdArray:
    """Ids of the live items that the filter matches, int64, ascending, or a part of them.

    Raises:
        UsageError: more conditions, deeper nesting or longer texts than a database takes.
    """
    gallery_numbered(connection, gallery_id)
    only = None if among is None else listed(connection, among.tolist())
    query = matching(gallery_id, where, only)
    if offset or limit is not None:
        query = query.order_by(items.c.id).offset(offset).limit(limit)
    return np.sort(ids_of(connection, query))


def matching(gallery_id: int, where: Filter, only: Select[Any] | None = None) -> Select[tuple[int]]:
    """The query for the live items that the filter matches, of all or of a few ids that a query
    gives; raises as `matching_items` does."""
    require_reasonable(where)
    query = (
        select(items.c.id)
        .where(items.c.gallery_id == gallery_id, items.c.state == ItemState.LIVE)
        .where(_Conditions(gallery_id, only).of(where))
    )
    return query if only is None else query.where(items.c.id.in_(only))


@dataclass(frozen=True, slots=True)
class _Conditions:
    """Filters as conditions on the row of `items`; never null, so negation is exact.

    Attributes:
        only: the items that are asked about. A database that makes a list of all that meet a
            condition, to look them up there, makes a list of these alone.
    """

    gallery_id: int
    only: Select[Any] | None

    def of(self, where: Filter) -> ColumnElement[bool]:
        match where:
            case And(parts):
                return and_(true(), *(self.of(part) for part in parts))
            case Or(parts):
                return or_(false(), *(self.of(part) for part in parts))
            case Not(part):
                return not_(self.of(part).self_group())
            case HasTag(name):
                return self._among(_tagged(self.gallery_id, name), item_tags.c.item_id)
            case InCategory(name):
                of_models = _in_category(self.gallery_id, name, self.only)
                return or_(
                    self._among(_with_text(_CATEGORY, name), attributes.c.item_id),
                    items.c.id.in_(of_models),
                )
            case TextIs(key, text):
                return self._among(_with_text(key, text), attributes.c.item_id)
            case NumberWithin():
                return self._among(_with_number(where), attributes.c.item_id)
            case HasAttribute(key):
                return self._among(_with_attribute(key), attributes.c.item_id)
            case KindIs(kind):
                return items.c.kind == storable(fold(kind))
            case PathMatches(text):
                return self._among(_at_path(self.gallery_id, text), views.c.item_id)
            case ItemIs(item_id):
                return items.c.id == item_id if abs(item_id) < 2**63 else false()

    def _among(self, found: Select[tuple[int]], item_id: ColumnElement[int]) -> ColumnElement[bool]:
        if self.only is not None:
            found = found.where(item_id.in_(self.only))
        return items.c.id.in_(found)


def _tagged(gallery_id: int, name: str) -> Select[tuple[int]]:
    return (
        select(item_tags.c.item_id)
        .join(tags, tags.c.id == item_tags.c.tag_id)
        .where(
            tags.c.gallery_id == gallery_id,
            tags.c.folded == fold(" ".join(storable(name).split())),
            item_tags.c.removed.is_(False),
        )
    )


def _in_category(gallery_id: int, name: str, only: Select[Any] | None) -> Select[tuple[int]]:
    """Items whose effective categories have one of this name or path, or one below it.

    A path may have its taxonomy before it.
    """
    wanted = fold(storable(name)).strip(SEPARATOR)
    whole = taxonomies.c.folded + ":" + categories.c.folded
    named: ColumnElement[bool] = or_(
        categories.c.folded == wanted, categories.c.folded_name == wanted, whole == wanted
    )
    if "*" in wanted:
        named = or_(_is_like(categories.c.folded, wanted), _is_like(whole, wanted))
    found = effective(gallery_id, items=only, among=below(gallery_id, named)).subquery()
    return select(found.c.item_id)


def _with_attribute(key: str) -> Select[tuple[int]]:
    return select(attributes.c.item_id).where(attributes.c.key == fold(storable(key)))


def _with_text(key: str, text: str) -> Select[tuple[int]]:
    query = _with_attribute(key)
    wanted = fold(storable(text))
    if "*" in wanted:
        return query.where(_is_like(attributes.c.folded, wanted))
    query = query.where(attributes.c.head == wanted[:HEAD_LENGTH])
    return query.where(attributes.c.folded == wanted) if len(wanted) >= HEAD_LENGTH else query


def _with_number(where: NumberWithin) -> Select[tuple[int]]:
    number = attributes.c.number
    query = _with_attribute(where.key).where(number.is_not(None))
    if any(bound is not None and math.isnan(bound) for bound in (where.low, where.high)):
        return query.where(false())
    if where.low is not None:
        query = query.where(number >= where.low if where.include_low else number > where.low)
    if where.high is not None:
        query = query.where(number <= where.high if where.include_high else number < where.high)
    return query


def _at_path(gallery_id: int, text: str) -> Select[tuple[int]]:
    wanted = fold(path_to_text(text))
    pattern = wanted if "*" in wanted else f"*{wanted}*"
    return (
        select(views.c.item_id)
        .join(files, files.c.id == views.c.file_id)
        .where(
            views.c.gallery_id == gallery_id,
            views.c.state != ViewState.RETIRED,
            _is_like(files.c.folded_uri, pattern),
        )
    )


def _is_like(column: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    """`*` is any run of characters, all else stands for itself. Both sides are folded."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(escaped.replace("*", "%"), escape="\\")
