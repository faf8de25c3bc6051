"""Embeddings: what searches load, what catching up asks, and which content is known already."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
from sqlalchemy import CompoundSelect, Connection, Row, Select, and_, exists, func, select, union

from search.adapters.sql.engine import is_sqlite
from search.adapters.sql.galleries import dim_of, gallery_numbered
from search.adapters.sql.inserting import insert_rows
from search.adapters.sql.tables import embeddings, items, views
from search.adapters.sql.vectors import from_bytes
from search.adapters.sql.work import Work, chunks, storable_ids
from search.domain.arrays import IdArray
from search.domain.indexing import Changes, ViewRows
from search.domain.item import ItemState, ViewState

_Fields = tuple[int, int, bytes]
"""An item's id, a view's, and its vector."""


def changes(connection: Connection, gallery_id: int, space_id: str, since: int) -> Changes:
    """Items stamped after `since`, and items embedded in this space after it, reloaded whole.

    An embedding carries a revision of its own, so that filling another space does not make every
    searcher of this one load everything again.
    """
    gallery = gallery_numbered(connection, gallery_id)
    dim = dim_of(connection, space_id)
    changed = _changed(gallery_id, space_id, since)
    ids = np.fromiter(connection.execute(changed).scalars(), dtype=np.int64)
    if len(ids) <= 4_000:
        rows = item_rows(connection, gallery_id, space_id, ids.tolist())
    else:
        among = items.c.id.in_(changed)
        query = _rows_query(gallery_id, space_id).where(among)
        rows = _view_rows(connection.execute(query).all(), dim)
    return Changes(gallery.revision, np.sort(ids), rows)


def _changed(gallery_id: int, space_id: str, since: int) -> CompoundSelect[Any]:
    """Ids of the items stamped, or embedded in the space, after a revision."""
    stamped = select(items.c.id).where(items.c.gallery_id == gallery_id, items.c.revision > since)
    embedded = (
        select(views.c.item_id)
        .join(embeddings, embeddings.c.view_id == views.c.id)
        .where(
            embeddings.c.gallery_id == gallery_id,
            embeddings.c.space_id == space_id,
            embeddings.c.revision > since,
        )
    )
    return union(stamped, embedded)


def changed_rows(
    connection: Connection, gallery_id: int, space_id: str, since: int, block_rows: int
) -> Iterator[ViewRows]:
    """Findable views of the items that changed, in blocks that divide no item."""
    query = _rows_query(gallery_id, space_id)
    if since > 0:
        query = query.where(items.c.id.in_(_changed(gallery_id, space_id, since)))
    dim = dim_of(connection, space_id)
    kept: Sequence[Row[Any] | _Fields] = ()
    for block in _fetched(connection, query, block_rows):
        rows = [*kept, *block]
        is_last = len(block) < block_rows
        end = len(rows) if is_last else bisect_left(rows, rows[-1][0], key=itemgetter(0))
        kept = rows[end:]
        if end:
            yield _view_rows(rows[:end], dim)
    if kept:
        yield _view_rows(kept, dim)


def item_rows(
    connection: Connection, gallery_id: int, space_id: str, item_ids: Sequence[int]
) -> ViewRows:
    """The embedded live views of these items, by item then view."""
    dim = dim_of(connection, space_id)
    rows: list[Row[Any]] = []
    for some in chunks(storable_ids(item_ids)):
        query = _rows_query(gallery_id, space_id).where(items.c.id.in_(some))
        rows += connection.execute(query).all()
    return _view_rows(rows, dim)


def view_rows(
    connection: Connection, gallery_id: int, space_id: str, block_rows: int
) -> Iterator[ViewRows]:
    """All findable embedded views in blocks; memory holds one block at a time."""
    gallery_numbered(connection, gallery_id)
    dim = dim_of(connection, space_id)
    for block in _fetched(connection, _rows_query(gallery_id, space_id), block_rows):
        yield _view_rows(block, dim)


def _fetched(
    connection: Connection, query: Select[Any], block_rows: int
) -> Iterator[Sequence[Row[Any] | _Fields]]:
    """Rows as they come. On SQLite as the driver gives them, which streams by itself:
    SQLAlchemy's own rows would take twice the time."""
    streaming = {"stream_results": True, "max_row_buffer": block_rows}
    options = {} if is_sqlite(connection) else streaming
    result = connection.execute(query.execution_options(**options))
    try:
        if is_sqlite(connection) and result.cursor is not None:
            yield from iter(partial(result.cursor.fetchmany, block_rows), [])
        else:
            yield from result.partitions(block_rows)
    finally:
        result.close()


def _rows_query(gallery_id: int, space_id: str) -> Select[Any]:
    return (
        select(items.c.id, views.c.id, embeddings.c.vector)
        .select_from(items)
        .join(views, and_(views.c.item_id == items.c.id, views.c.state == ViewState.LIVE))
        .join(
            embeddings,
            and_(embeddings.c.view_id == views.c.id, embeddings.c.space_id == space_id),
        )
        .where(items.c.gallery_id == gallery_id, items.c.state == ItemState.LIVE)
        .order_by(items.c.id, views.c.id)
    )


def _view_rows(rows: Sequence[Row[Any] | _Fields], dim: int) -> ViewRows:
    item_ids, view_ids, vectors = zip(*rows, strict=True) if rows else ((), (), ())
    return ViewRows(_ids(view_ids), _ids(item_ids), from_bytes(vectors, dim))


def _ids(values: Sequence[int]) -> IdArray:
    return np.array(values, dtype=np.int64)


def stored_vectors(
    connection: Connection, space_id: str, hashes: Sequence[str]
) -> Mapping[str, object]:
    """One vector per content that is embedded in the space, of whatever item in any state."""
    dim = dim_of(connection, space_id)
    found: dict[str, object] = {}
    for some in chunks(dict.fromkeys(hashes)):
        query = (
            select(views.c.content_hash, embeddings.c.vector)
            .join(embeddings, embeddings.c.view_id == views.c.id)
            .where(views.c.content_hash.in_(some), embeddings.c.space_id == space_id)
        )
        for content_hash, vector in connection.execute(query):
            if content_hash not in found:
                found[content_hash] = from_bytes([vector], dim)[0]
    return found


def unembedded(gallery_id: int, space_id: str) -> Select[Any]:
    """Live views of live items that lack an embedding in the space."""
    has_one = exists().where(embeddings.c.view_id == views.c.id, embeddings.c.space_id == space_id)
    return (
        select(views.c.id)
        .join(items, items.c.id == views.c.item_id)
        .where(
            views.c.gallery_id == gallery_id,
            views.c.state == ViewState.LIVE,
            items.c.state == ItemState.LIVE,
            ~has_one,
        )
    )


def n_unembedded(connection: Connection, gallery_id: int, space_id: str) -> int:
    gallery_numbered(connection, gallery_id)
    query = select(func.count()).select_from(unembedded(gallery_id, space_id).subquery())
    return int(connection.execute(query).scalar_one())


def store_embeddings(work: Work, rows: Sequence[tuple[int, str, bytes]]) -> set[tuple[int, str]]:
    """Insert (view, space, vector) rows that are not there yet; returns those that were new."""
    present: set[tuple[int, str]] = set()
    for some in chunks(rows):
        query = select(embeddings.c.view_id, embeddings.c.space_id)
        query = query.where(embeddings.c.view_id.in_([view_id for view_id, _, _ in some]))
        present.update((row.view_id, row.space_id) for row in work.connection.execute(query))
    new = {(view_id, space_id): vector for view_id, space_id, vector in rows}
    fresh = {pair: vector for pair, vector in new.items() if pair not in present}
    if fresh:
        values = [
            {
                "view_id": view_id,
                "space_id": space_id,
                "gallery_id": work.gallery_id,
                "vector": vector,
                "revision": work.revision,
            }
            for (view_id, space_id), vector in fresh.items()
        ]
        insert_rows(work.connection, embeddings, values)
        work.changed = True
    return set(fresh)
