"""Items as people see them, and the states they pass through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, exists, func, select, update

from search.adapters.sql.id_lists import ids_of
from search.adapters.sql.item_categories import item_categories
from search.adapters.sql.places import uri_of
from search.adapters.sql.tables import attributes, files, item_tags, items, roots, tags, views
from search.adapters.sql.types import path_to_text
from search.adapters.sql.work import Work, chunks, own_items, storable_ids
from search.domain.arrays import IdArray
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

# Made once: to put these together costs more than SQLite needs for the answer.
_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_RECORDS = (
    select(items, roots.c.path.label("root_path"), roots.c.kind.label("root_kind"))
    .join(roots, roots.c.id == items.c.root_id)
    .where(items.c.id.in_(_IDS))
)
_VIEWS = (
    select(views.c.item_id, *_VIEW)
    .select_from(views)
    .outerjoin(files, files.c.id == views.c.file_id)
    .outerjoin(roots, roots.c.id == files.c.root_id)
    .where(views.c.item_id.in_(_IDS), views.c.state != ViewState.RETIRED)
    .order_by(views.c.item_id, views.c.ordinal, views.c.id)
)
_TAGS = (
    select(item_tags.c.item_id, tags.c.name)
    .join(tags, tags.c.id == item_tags.c.tag_id)
    .where(item_tags.c.item_id.in_(_IDS), item_tags.c.removed.is_(False))
    .order_by(item_tags.c.item_id, tags.c.folded)
)
_ATTRIBUTES = (
    select(attributes.c.item_id, attributes.c.key, attributes.c.text, attributes.c.number)
    .where(attributes.c.item_id.in_(_IDS))
    .order_by(attributes.c.item_id, attributes.c.key)
)


def stamped_items(connection: Connection, gallery_id: int, since: int, limit: int) -> IdArray:
    """Ids of items stamped after a revision, in any state and in no certain order."""
    query = select(items.c.id).where(items.c.gallery_id == gallery_id, items.c.revision > since)
    return ids_of(connection, query.limit(limit))


# States


def settle_items(work: Work, item_ids: Iterable[int]) -> None:
    """Items are live while a view is, else missing; what a person deleted stays deleted."""
    ids = sorted(item_ids)
    work.touch(ids)
    alive = exists().where(views.c.item_id == items.c.id, views.c.state == ViewState.LIVE)
    for some in chunks(ids):
        kept = update(items).where(items.c.id.in_(some), items.c.state != ItemState.DELETED)
        work.connection.execute(kept.where(alive).values(state=ItemState.LIVE))
        work.connection.execute(kept.where(~alive).values(state=ItemState.MISSING))


def delete_items(work: Work, item_ids: Sequence[int]) -> int:
    """Returns how many were not deleted before."""
    work.lock()
    ids = _in_state(work, item_ids, deleted=False)
    for some in chunks(ids):
        gone = update(items).where(items.c.id.in_(some)).values(state=ItemState.DELETED)
        work.connection.execute(gone)
    work.touch(ids)
    return len(ids)


def restore_items(work: Work, item_ids: Sequence[int]) -> int:
    """Returns how many were deleted before."""
    work.lock()
    ids = _in_state(work, item_ids, deleted=True)
    for some in chunks(ids):
        back = update(items).where(items.c.id.in_(some)).values(state=ItemState.MISSING)
        work.connection.execute(back)
    settle_items(work, ids)
    return len(ids)


def _in_state(work: Work, item_ids: Sequence[int], *, deleted: bool) -> list[int]:
    found: list[int] = []
    for some in chunks(own_items(work, item_ids)):
        query = select(items.c.id, items.c.state).where(items.c.id.in_(some))
        rows = work.connection.execute(query)
        found += [i for i, state in rows if (state == ItemState.DELETED) == deleted]
    return found


# Records


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
    return [_view(row) for row in connection.execute(query)]


def _records(connection: Connection, gallery_id: int, ids: list[int]) -> dict[int, ItemRecord]:
    views_of = _views(connection, ids)
    tags_of = _tags(connection, ids)
    attributes_of = _attributes(connection, ids)
    categories_of = item_categories(connection, gallery_id, ids)
    return {
        row.id: ItemRecord(
            id=row.id,
            kind=ItemKind(row.kind),
            uri=_uri(row, views_of.get(row.id, ())),
            title=row.title,
            state=ItemState(row.state),
            revision=row.revision,
            tags=tuple(tags_of.get(row.id, ())),
            attributes=attributes_of.get(row.id, {}),
            views=tuple(views_of.get(row.id, ())),
            categories=tuple(categories_of.get(row.id, ())),
        )
        for row in connection.execute(_RECORDS, {"ids": ids})
        # Not a condition: SQLite would walk the whole gallery's index instead of the few ids.
        if row.gallery_id == gallery_id
    }


def _uri(item: Any, its_views: Sequence[ViewRecord]) -> str:
    if its_views and its_views[0].uri:
        return its_views[0].uri
    return uri_of(item.root_path, item.root_kind, item.key or "")


def _views(connection: Connection, ids: list[int]) -> dict[int, list[ViewRecord]]:
    found: dict[int, list[ViewRecord]] = {}
    for row in connection.execute(_VIEWS, {"ids": ids}):
        found.setdefault(row.item_id, []).append(_view(row))
    return found


def _view(row: Any) -> ViewRecord:
    uri = "" if row.path is None else uri_of(row.root_path, row.root_kind, row.path)
    return ViewRecord(
        row.id,
        row.ordinal,
        uri,
        row.content_hash,
        row.width,
        row.height,
        ViewState(row.state),
    )


def _tags(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for item_id, name in connection.execute(_TAGS, {"ids": ids}):
        found.setdefault(item_id, []).append(name)
    return found


def _attributes(connection: Connection, ids: list[int]) -> dict[int, dict[str, AttributeValue]]:
    found: dict[int, dict[str, AttributeValue]] = {}
    for item_id, key, text, number in connection.execute(_ATTRIBUTES, {"ids": ids}):
        found.setdefault(item_id, {})[key] = AttributeValue(text, number)
    return found


# References


def find_items(connection: Connection, gallery_id: int, reference: str) -> list[int]:
    """The first reading that finds something: an id, a key, an absolute path, a path's end."""
    if reference.isascii() and reference.isdigit() and int(reference) < 2**63:
        query = select(items.c.id).where(
            items.c.gallery_id == gallery_id, items.c.id == int(reference)
        )
        if found := connection.execute(query).scalars().all():
            return list(found)
    query = select(items.c.id).where(items.c.gallery_id == gallery_id, items.c.key == reference)
    if found := connection.execute(query).scalars().all():
        return sorted(found)
    return _find_by_path(connection, gallery_id, reference)


def _find_by_path(connection: Connection, gallery_id: int, reference: str) -> list[int]:
    end = path_to_text(reference.strip("/").removeprefix("./"))
    if not end:
        return []
    query = (
        select(files.c.item_id, files.c.path, roots.c.path, roots.c.kind)
        .join(roots, roots.c.id == files.c.root_id)
        .where(roots.c.gallery_id == gallery_id, files.c.item_id.is_not(None))
    )
    absolute = reference.startswith("/")
    name = end.rpartition("/")[2]
    ends_so = func.substr(files.c.path, -len(name)) == name
    if connection.dialect.name != "sqlite":
        ends_so = func.right(files.c.path, len(name)) == name
    exact, ending = set(), set()
    for item_id, path, root_path, kind in connection.execute(query.where(ends_so)):
        uri = uri_of(root_path, kind, path)
        if uri == reference:
            exact.add(item_id)
        elif not absolute and uri.endswith("/" + reference.removeprefix("./")):
            ending.add(item_id)
    return sorted(exact or ending)
