"""How items divide by a property, before they are counted: an item and one of its values a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, cast, func, literal_column, select

from search.adapters.sql.effective import effective
from search.adapters.sql.tables import (
    attributes,
    categories,
    category_ancestors,
    item_tags,
    items,
    tags,
    taxonomies,
)
from search.adapters.sql.types import Exact

_NONE: ColumnElement[str] = literal_column("''", Exact)
_N_OF_DATE: Mapping[str, int] = {"year": 4, "month": 7}


def divided(
    gallery_id: int, key: str, matches: Select[Any], only: Select[Any] | None = None
) -> Subquery:
    """The values of the items that match; in a category as often as an item has one below it.

    Columns are `item_id`, the value's `text`, `folded` and `second`, which are the same for all
    spellings of a value and order values of equal count, and a category's `taxonomy`.

    Args:
        key: as in `Snapshot.facet_counts`.
        matches: ids of items.
        only: these match among others, where they are few; None tells nothing.
    """
    if key == "category":
        query = _by_category(gallery_id, only)
    elif key == "tag":
        query = (
            _labelled(item_tags.c.item_id, tags.c.name, tags.c.folded)
            .join(tags, tags.c.id == item_tags.c.tag_id)
            .where(item_tags.c.removed.is_(False))
        )
    elif key == "kind":
        query = _labelled(items.c.id, items.c.kind, items.c.kind)
    else:
        query = _by_attribute(key)
    return query.where(query.selected_columns["item_id"].in_(matches)).subquery()


def _by_attribute(key: str) -> Select[Any]:
    # Compared by code point, of which the least is shown, whatever the server's locale.
    text: ColumnElement[str] = cast(attributes.c.text, Exact)
    if (n := _N_OF_DATE.get(key)) is not None:
        part = func.substr(text, 1, n, type_=Exact)
        query = _labelled(attributes.c.item_id, part, part)
        return query.where(attributes.c.key == "taken_at")
    query = _labelled(attributes.c.item_id, text, attributes.c.folded)
    return query.where(attributes.c.key == key)


def _by_category(gallery_id: int, only: Select[Any] | None) -> Select[Any]:
    """Each category of an item and each one above it."""
    found = effective(gallery_id, items=only).subquery()
    names = (categories.c.path, categories.c.folded, taxonomies.c.folded, taxonomies.c.name)
    return (
        _labelled(found.c.item_id, *names)
        .select_from(found)
        .join(category_ancestors, category_ancestors.c.category_id == found.c.category_id)
        .join(categories, categories.c.id == category_ancestors.c.ancestor_id)
        .join(taxonomies, taxonomies.c.id == categories.c.taxonomy_id)
    )


def _labelled(
    item_id: ColumnElement[int],
    text: ColumnElement[str],
    folded: ColumnElement[str],
    second: ColumnElement[str] = _NONE,
    taxonomy: ColumnElement[str] = _NONE,
) -> Select[Any]:
    columns: Mapping[str, ColumnElement[Any]] = {
        "item_id": item_id,
        "text": text,
        "folded": folded,
        "second": second,
        "taxonomy": taxonomy,
    }
    return select(*(column.label(name) for name, column in columns.items()))
