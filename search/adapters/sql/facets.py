"""What a gallery can be narrowed by: attribute keys and values, and how items divide by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from search.adapters.sql.divisions import divided
from search.adapters.sql.filters import matching
from search.adapters.sql.tables import attributes, items
from search.domain.facet import FacetCount
from search.domain.item import ItemState
from search.domain.text import fold, storable
from search.filters.ast import Filter

_MOST_KEYS = 200
_LAST = "\U0010ffff"


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
    counts = {
        key: [
            FacetCount(*found)
            for found in connection.execute(_counted(gallery_id, key, matches, limit))
            if found[0]
        ]
        for key in keys
    }
    return int(connection.execute(count).scalar_one()), counts


def _counted(gallery_id: int, key: str, matches: Select[tuple[int]], limit: int) -> Select[Any]:
    found = divided(gallery_id, key, matches).c
    # No more than tells values apart: databases group by constants, too.
    group = (found.folded, found.second) if key == "category" else (found.folded,)
    item_id = found.item_id.distinct() if key == "category" else found.item_id
    n_items: ColumnElement[Any] = func.count(item_id)
    shown: tuple[ColumnElement[Any], ...] = (
        func.min(found.text),
        n_items,
        func.min(found.taxonomy),
    )
    query = select(*shown).group_by(*group)
    if key == "month":
        return query.order_by(*group)
    return query.order_by(n_items.desc(), *group).limit(limit)


def _live(query: Select[*tuple[Any, ...]], gallery_id: int) -> Select[*tuple[Any, ...]]:
    return query.join(items, items.c.id == attributes.c.item_id).where(
        items.c.gallery_id == gallery_id, items.c.state == ItemState.LIVE
    )
