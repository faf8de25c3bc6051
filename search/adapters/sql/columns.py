"""Columns of values by item, read whole or of a few items.

What would be a row for each item comes joined together, as ids do (`id_lists.py`).
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import ColumnElement, Connection, Text, cast, func, select

from search.adapters.sql.divisions import divided
from search.adapters.sql.engine import is_sqlite
from search.adapters.sql.filters import matching
from search.adapters.sql.tables import attributes
from search.adapters.sql.work import listed
from search.domain.arrays import IdArray
from search.domain.column import Column
from search.domain.facet import Spelling
from search.domain.text import fold, storable
from search.filters.ast import And

_EVERY_DIGIT = "%!.20g"
"""As many as name one float64 and no other: SQLite errs in the 17th and beyond."""


def number_column(
    connection: Connection, gallery_id: int, key: str, *, among: IdArray | None
) -> Column:
    """The numbers of an attribute that live items have, of all or of a few items."""
    only = None if among is None else listed(connection, among.tolist())
    number = attributes.c.number
    query = select(_joined(attributes.c.item_id), _joined(_digits(connection, number))).where(
        attributes.c.key == fold(storable(key)),
        number.is_not(None),
        attributes.c.item_id.in_(matching(gallery_id, And(()), only)),
    )
    ids, numbers = connection.execute(query).one()
    if not ids:
        return Column.of(np.empty(0, np.int64), np.empty(0, np.float64))
    return Column.of(
        np.fromstring(ids, np.int64, sep=","), np.fromstring(numbers, np.float64, sep=",")
    )


def facet_column(
    connection: Connection, gallery_id: int, key: str, *, among: IdArray | None
) -> Column:
    """How live items divide, all or a few of them; keys are those of `facet_counts`."""
    only = None if among is None else listed(connection, among.tolist())
    found = divided(gallery_id, key, matching(gallery_id, And(()), only), only).c
    names = (found.text, found.folded, found.second, found.taxonomy)
    query = select(*names, _joined(found.item_id)).group_by(*names)
    spellings: list[Spelling] = []
    items = [np.empty(0, np.int64)]
    for text, folded, second, taxonomy, ids in connection.execute(query):
        spellings.append(Spelling(text, (folded, second), taxonomy))
        items.append(np.unique(np.fromstring(ids, np.int64, sep=",")))
    places = np.repeat(np.arange(len(spellings)), [len(some) for some in items[1:]])
    return Column.of(np.concatenate(items), places, tuple(spellings))


def _digits(connection: Connection, number: ColumnElement[float]) -> ColumnElement[str]:
    # PostgreSQL writes as few digits as name one number and no other.
    return func.printf(_EVERY_DIGIT, number) if is_sqlite(connection) else cast(number, Text)


def _joined(column: ColumnElement[int] | ColumnElement[str]) -> ColumnElement[str]:
    joined: ColumnElement[str] = func.aggregate_strings(cast(column, Text), ",")
    return joined
