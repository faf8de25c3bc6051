"""What `verify` looks for inside the database itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import Connection, exists, func, select

from search.adapters.sql.engine import is_sqlite
from search.adapters.sql.tables import embeddings, galleries, items, spaces, views
from search.adapters.sql.vectors import STORED, are_unit
from search.domain.item import ItemState, ViewState

_BLOCK = 8_192
_SHOWN = 20  # views named in one sentence


def problems(connection: Connection) -> Iterator[str]:
    """One sentence for each thing that is wrong; nothing for a sound database."""
    if is_sqlite(connection):
        yield from _sqlite_problems(connection)
    yield from _state_problems(connection)
    yield from _slot_problems(connection)
    yield from _revision_problems(connection)
    yield from _vector_problems(connection)


def _sqlite_problems(connection: Connection) -> Iterator[str]:
    for (said,) in connection.exec_driver_sql("PRAGMA quick_check"):
        if said != "ok":
            yield f"The database file is damaged: {said}."
    for table, row_id, target, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"Row {row_id} of table {table} refers to a row of {target} that is not there."


def _state_problems(connection: Connection) -> Iterator[str]:
    alive = exists().where(views.c.item_id == items.c.id, views.c.state == ViewState.LIVE)
    query = select(items.c.id).order_by(items.c.id)
    for item_id in connection.execute(
        query.where(items.c.state == ItemState.LIVE, ~alive)
    ).scalars():
        yield f"Item {item_id} is live but has no live view."
    for item_id in connection.execute(
        query.where(items.c.state == ItemState.MISSING, alive)
    ).scalars():
        yield f"Item {item_id} is missing but has a live view."


def _slot_problems(connection: Connection) -> Iterator[str]:
    doubled = (
        select(views.c.item_id, views.c.ordinal)
        .where(views.c.state == ViewState.LIVE)
        .group_by(views.c.item_id, views.c.ordinal)
        .having(func.count() > 1)
    )
    for item_id, ordinal in connection.execute(doubled):
        yield f"Item {item_id} has more than one live view number {ordinal}."
    astray = (
        select(views.c.id)
        .join(items, items.c.id == views.c.item_id)
        .where(items.c.gallery_id != views.c.gallery_id)
    )
    for view_id in connection.execute(astray).scalars():
        yield f"View {view_id} is in another gallery than its item."


def _revision_problems(connection: Connection) -> Iterator[str]:
    for table, thing in ((items, "an item"), (embeddings, "an embedding")):
        highest = (
            select(galleries.c.name, galleries.c.revision, func.max(table.c.revision))
            .join(table, table.c.gallery_id == galleries.c.id)
            .group_by(galleries.c.id, galleries.c.name, galleries.c.revision)
        )
        for name, revision, found in connection.execute(highest):
            if found > revision:
                yield (
                    f"Gallery '{name}' is at revision {revision}, "
                    f"but {thing} in it carries {found}."
                )


def _vector_problems(connection: Connection) -> Iterator[str]:
    """Every vector of every space, block by block."""
    for space_id, dim in connection.execute(select(spaces.c.id, spaces.c.dim)).all():
        bad: list[int] = []
        query = select(embeddings.c.view_id, embeddings.c.vector)
        query = query.where(embeddings.c.space_id == space_id)
        streaming = query.execution_options(stream_results=True, max_row_buffer=_BLOCK)
        for block in connection.execute(streaming).yield_per(_BLOCK).partitions():
            right = [(i, v) for i, v in block if len(v) == dim * STORED.itemsize]
            bad += [i for i, v in block if len(v) != dim * STORED.itemsize]
            rows = np.frombuffer(b"".join(v for _, v in right), STORED).reshape(len(right), dim)
            unit = are_unit(rows)
            bad += [i for (i, _), good in zip(right, unit, strict=True) if not good]
        if bad:
            some = ", ".join(map(str, sorted(bad)[:_SHOWN]))
            yield (
                f"{len(bad)} embeddings in space '{space_id}' are not unit vectors of {dim} "
                f"dimensions; views {some}."
            )
