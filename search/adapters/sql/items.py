"""Items: which have changed, the states they pass through, and what people call them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, exists, func, select, update

from search.adapters.sql.id_lists import ids_of
from search.adapters.sql.places import uri_of
from search.adapters.sql.tables import files, items, roots, views
from search.adapters.sql.types import path_to_text
from search.adapters.sql.work import Work, chunks, own_items
from search.domain.arrays import IdArray
from search.domain.item import ItemState, ViewState


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
