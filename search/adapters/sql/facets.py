"""What a gallery can be narrowed by: attribute keys and values, and how items divide by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from search.adapters.sql.effective import effective
from search.adapters.sql.filters import matching
from search.adapters.sql.tables import (
    attributes,
    categories,
    category_ancestors,
    item_tags,
    items,
    tags,
    taxonomies,
)
from search.domain.facet import FacetCount
from search.domain.item import ItemState
from search.domain.text import fold, storable
from search.filters.ast import Filter

_MOST_KEYS = 200
_LAST = "\U0010ffff"
# Not as parameters: PostgreSQL would take them for different ones in SELECT and GROUP BY.
_DATE_PARTS: Mapping[str, tuple[ColumnElement[int], ColumnElement[int]]] = {
    "year": (literal_column("1"), literal_column("4")),
    "month": (literal_column("1"), literal_column("7")),
}


def attribute_keys(connection: Connection, gallery_id: int) -> list[str]:
    """The keys that live items of the gallery have, in order; found by skipping along an index."""
    found: list[str] = []
    key: str | None = ""
    for _ in range(_MOST_KEYS):
        following = select(func.min(attributes.c.key)).where(attributes.c.key > key)
        key = connection.execute(following).scalar()
        if key is None:
            break
        used = _live(select(attributes.c.key), gallery_id).where(attributes.c.key == key)
        if connection.execute(used.limit(1)).first() is not None:
            found.append(key)
    return found


def attribute_values(
    connection: Connection, gallery_id: int, key: str, prefix: str, limit: int
) -> list[tuple[str, int]]:
    """Texts of an attribute that begin so, whatever their case, the most frequent first."""
    n_items = func.count()
    start = fold(storable(prefix))
    query = (
        _live(select(func.min(attributes.c.text), n_items), gallery_id)
        .where(attributes.c.key == fold(storable(key)))
        .group_by(attributes.c.folded)
        .order_by(n_items.desc(), attributes.c.folded)
        .limit(limit)
    )
    if start:
        query = query.where(attributes.c.folded >= start, attributes.c.folded < start + _LAST)
    return [(text, n) for text, n in connection.execute(query)]


def facet_counts(
    connection: Connection, gallery_id: int, where: Filter, keys: Sequence[str], limit: int
) -> tuple[int, Mapping[str, list[FacetCount]]]:
    """How many live items match, and how they divide, the most frequent values first.

    Args:
        keys: attributes to divide by; `year` and `month` are those of `taken_at`, and `tag`, `kind`
            and `category` are known. Of months there are all, the earliest first; an item counts
            for its categories and for all above them, in each taxonomy apart.
    """
    matches = matching(gallery_id, where)
    count = select(func.count()).select_from(matches.subquery())
    divided = {
        key: [
            FacetCount(str(value), *others)
            for value, *others in connection.execute(_divided(gallery_id, key, matches, limit))
            if value
        ]
        for key in keys
    }
    return int(connection.execute(count).scalar_one()), divided


def _divided(gallery_id: int, key: str, matches: Select[tuple[int]], limit: int) -> Select[Any]:
    n_items = func.count()
    if key == "tag":
        query = (
            select(tags.c.name, n_items)
            .join(item_tags, item_tags.c.tag_id == tags.c.id)
            .where(item_tags.c.removed.is_(False), item_tags.c.item_id.in_(matches))
            .group_by(tags.c.id, tags.c.name, tags.c.folded)
        )
        return query.order_by(n_items.desc(), tags.c.folded).limit(limit)
    if key == "category":
        return _by_category(gallery_id, matches, limit)
    if key == "kind":
        query = select(items.c.kind, n_items).where(items.c.id.in_(matches)).group_by(items.c.kind)
        return query.order_by(n_items.desc(), items.c.kind).limit(limit)
    value: ColumnElement[Any] = func.min(attributes.c.text)
    group: ColumnElement[Any] = attributes.c.folded
    name = key
    if (part := _DATE_PARTS.get(key)) is not None:
        name, value = "taken_at", func.substr(attributes.c.text, *part)
        group = value
    query = select(value, n_items).where(
        attributes.c.key == name, attributes.c.item_id.in_(matches)
    )
    query = query.group_by(group)
    if key == "month":
        return query.order_by(group)
    return query.order_by(n_items.desc(), group).limit(limit)


def _by_category(gallery_id: int, matches: Select[tuple[int]], limit: int) -> Select[Any]:
    """Each item once for its categories and for each one above them: path, count, taxonomy."""
    found = effective(gallery_id).subquery()
    n_items: ColumnElement[Any] = func.count(found.c.item_id.distinct())
    path: ColumnElement[Any] = func.min(categories.c.path)
    query: Select[Any] = select(path, n_items, taxonomies.c.name).select_from(found)
    return (
        query.join(category_ancestors, category_ancestors.c.category_id == found.c.category_id)
        .join(categories, categories.c.id == category_ancestors.c.ancestor_id)
        .join(taxonomies, taxonomies.c.id == categories.c.taxonomy_id)
        .where(found.c.item_id.in_(matches))
        .group_by(taxonomies.c.id, taxonomies.c.name, taxonomies.c.folded, categories.c.folded)
        .order_by(n_items.desc(), categories.c.folded, taxonomies.c.folded)
        .limit(limit)
    )


def _live(query: Select[*tuple[Any, ...]], gallery_id: int) -> Select[*tuple[Any, ...]]:
    return query.join(items, items.c.id == attributes.c.item_id).where(
        items.c.gallery_id == gallery_id, items.c.state == ItemState.LIVE
    )
