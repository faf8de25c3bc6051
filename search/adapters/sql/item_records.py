"""Items and views as people see them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam, func, select

from search.adapters.sql.effective import IdsOrQuery
from search.adapters.sql.engine import is_sqlite
from search.adapters.sql.item_categories import effective_categories
from search.adapters.sql.places import uri_of
from search.adapters.sql.tables import attributes, files, item_tags, items, roots, tags, views
from search.adapters.sql.together import Together
from search.adapters.sql.work import chunks, storable_ids
from search.domain.category import ItemCategory
from search.domain.item import (
    AttributeValue,
    ItemKind,
    ItemRecord,
    ItemState,
    ViewRecord,
    ViewState,
)

_VIEW = (
    views.c.id,
    views.c.ordinal,
    views.c.content_hash,
    views.c.width,
    views.c.height,
    views.c.state,
    roots.c.path.label("root_path"),
    roots.c.kind.label("root_kind"),
    files.c.path,
)


def item_records(
    connection: Connection, gallery_id: int, item_ids: Sequence[int]
) -> list[ItemRecord]:
    """The items asked for that exist, in the order of `item_ids`."""
    found: dict[int, ItemRecord] = {}
    for some in chunks(storable_ids(item_ids)):
        found |= _records(connection, gallery_id, some)
    return [found[i] for i in map(int, item_ids) if i in found]


def list_items(
    connection: Connection, gallery_id: int, state: ItemState | None, after_id: int, limit: int
) -> list[ItemRecord]:
    query = select(items.c.id).where(items.c.gallery_id == gallery_id, items.c.id > after_id)
    if state is not None:
        query = query.where(items.c.state == state)
    ids = connection.execute(query.order_by(items.c.id).limit(max(0, limit))).scalars().all()
    return item_records(connection, gallery_id, ids)


def live_views(
    connection: Connection, gallery_id: int, after_id: int, limit: int
) -> list[ViewRecord]:
    query = (
        select(*_VIEW)
        .select_from(views)
        .join(items, items.c.id == views.c.item_id)
        .outerjoin(files, files.c.id == views.c.file_id)
        .outerjoin(roots, roots.c.id == files.c.root_id)
        .where(
            views.c.gallery_id == gallery_id,
            views.c.state == ViewState.LIVE,
            items.c.state == ItemState.LIVE,
            views.c.id > after_id,
        )
        .order_by(views.c.id)
        .limit(max(0, limit))
    )
    return [_view(*row) for row in connection.execute(query)]


def _records(connection: Connection, gallery_id: int, ids: list[int]) -> dict[int, ItemRecord]:
    in_sqlite = is_sqlite(connection)
    wanted = {"gallery_id": gallery_id, "ids": json.dumps(ids) if in_sqlite else ids}
    facts, of_views, of_tags, of_attributes, of_categories = _queries(in_sqlite).rows(
        connection, wanted
    )
    views_of: dict[int, list[ViewRecord]] = {}
    for item_id, *view in sorted(of_views, key=lambda row: (row[2], row[1])):
        views_of.setdefault(item_id, []).append(_view(*view))
    tags_of: dict[int, list[str]] = {}
    for _, item_id, name in sorted(of_tags):
        tags_of.setdefault(item_id, []).append(name)
    attributes_of: dict[int, dict[str, AttributeValue]] = {}
    for item_id, key, text, number in sorted(of_attributes, key=lambda row: row[1]):
        attributes_of.setdefault(item_id, {})[key] = AttributeValue(text, number)
    categories_of: dict[int, list[ItemCategory]] = {}
    for item_id, name, path, chance, decided, *_ in sorted(of_categories, key=lambda row: row[5:]):
        category = ItemCategory(name, path, chance, bool(decided))
        categories_of.setdefault(item_id, []).append(category)
    found: dict[int, ItemRecord] = {}
    for item_id, its_gallery, kind, key, title, state, revision, root_path, root_kind in facts:
        its_views = tuple(views_of.get(item_id, ()))
        uri = its_views[0].uri if its_views else ""
        # Not a condition: SQLite would walk the whole gallery's index instead of the few ids.
        if its_gallery == gallery_id:
            found[item_id] = ItemRecord(
                id=item_id,
                kind=ItemKind(kind),
                uri=uri or uri_of(root_path, root_kind, key or ""),
                title=title,
                state=ItemState(state),
                revision=revision,
                tags=tuple(tags_of.get(item_id, ())),
                attributes=attributes_of.get(item_id, {}),
                views=its_views,
                categories=tuple(categories_of.get(item_id, ())),
            )
    return found


def _view(
    view_id: int,
    ordinal: int,
    content_hash: str,
    width: int,
    height: int,
    state: str,
    root_path: str | None,
    root_kind: str | None,
    path: str | None,
) -> ViewRecord:
    uri = "" if path is None else uri_of(root_path or "", root_kind or "", path)
    return ViewRecord(view_id, ordinal, uri, content_hash, width, height, ViewState(state))


@lru_cache(maxsize=2)
def _queries(in_sqlite: bool) -> Together:
    """Facts, views, tags, attributes and categories of items, by `gallery_id` and `ids`.

    Made once: to put these together costs more than SQLite needs for the answer.
    """
    wanted: IdsOrQuery = bindparam("ids", expanding=True)
    if in_sqlite:
        # One value, however many ids: a list of its own length would be another statement.
        wanted = select(func.json_each(bindparam("ids")).table_valued("value").c.value)
    return Together(
        _facts(wanted),
        _views(wanted),
        _tags(wanted),
        _attributes(wanted),
        effective_categories(bindparam("gallery_id", type_=Integer), wanted),
    )


def _facts(wanted: IdsOrQuery) -> Select[Any]:
    return (
        select(
            items.c.id,
            items.c.gallery_id,
            items.c.kind,
            items.c.key,
            items.c.title,
            items.c.state,
            items.c.revision,
            roots.c.path.label("root_path"),
            roots.c.kind.label("root_kind"),
        )
        .join(roots, roots.c.id == items.c.root_id)
        .where(items.c.id.in_(wanted))
    )


def _views(wanted: IdsOrQuery) -> Select[Any]:
    return (
        select(views.c.item_id, *_VIEW)
        .select_from(views)
        .outerjoin(files, files.c.id == views.c.file_id)
        .outerjoin(roots, roots.c.id == files.c.root_id)
        .where(views.c.item_id.in_(wanted), views.c.state != ViewState.RETIRED)
    )


def _tags(wanted: IdsOrQuery) -> Select[Any]:
    return (
        select(tags.c.folded, item_tags.c.item_id, tags.c.name)
        .join(tags, tags.c.id == item_tags.c.tag_id)
        .where(item_tags.c.item_id.in_(wanted), item_tags.c.removed.is_(False))
    )


def _attributes(wanted: IdsOrQuery) -> Select[Any]:
    return select(
        attributes.c.item_id, attributes.c.key, attributes.c.text, attributes.c.number
    ).where(attributes.c.item_id.in_(wanted))
