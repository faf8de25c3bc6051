"""Several queries that are answered together, in a form that costs other threads little.

SQLite's driver lets go of Python's lock at each row and then waits for it again, so a page of hits,
with some rows of each of five tables, would wait a hundred times where others are asked as well.
There all rows come as one, in JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Float, Label, Select, case, func, null, select

from search.adapters.sql.engine import is_sqlite
from search.adapters.sql.types import PathText, text_to_path

Rows = list[tuple[Any, ...]]

_EXACTLY = "%!.17g"
"""JSON in SQLite gives numbers fifteen digits, of which a float64 has up to seventeen."""


class Together:
    """Queries that are asked again and again with other values.

    Args:
        queries: of columns whose names differ. Rows come in no certain order.
    """

    def __init__(self, *queries: Select[Any]) -> None:
        self._queries = queries
        self._as_json = select(*(_json_of(query) for query in queries))
        self._readers = [_Reader(query) for query in queries]

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Rows]:
        """The rows of each query."""
        if not is_sqlite(connection):
            return [
                [tuple(row) for row in connection.execute(query, values)] for query in self._queries
            ]
        found = connection.execute(self._as_json, values).one()
        return [read(json.loads(text)) for read, text in zip(self._readers, found, strict=True)]


def _json_of(query: Select[Any]) -> Label[Any]:
    of = query.subquery()
    columns = [
        case((column.is_(None), null()), else_=func.printf(_EXACTLY, column))
        if isinstance(column.type, Float)
        else column
        for column in of.c
    ]
    rows = func.json_group_array(func.json_array(*columns))
    return select(rows).select_from(of).scalar_subquery().label(None)


class _Reader:
    """From a query's JSON to its rows."""

    def __init__(self, query: Select[Any]) -> None:
        columns = list(query.selected_columns)
        self._paths = [i for i, one in enumerate(columns) if isinstance(one.type, PathText)]
        self._numbers = [i for i, one in enumerate(columns) if isinstance(one.type, Float)]

    def __call__(self, rows: list[list[Any]]) -> Rows:
        for row in rows:
            for i in self._paths:
                row[i] = row[i] and text_to_path(row[i])
            for i in self._numbers:
                row[i] = None if row[i] is None else float(row[i])
        return [tuple(row) for row in rows]
