"""The one statement that the two databases spell in modules of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from search.adapters.sql.engine import is_sqlite


def insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> Insert:
    """Insert the rows whose keys are not there yet, and pass over the others."""
    if is_sqlite(connection):
        return sqlite.insert(table).values(rows).on_conflict_do_nothing()
    return postgresql.insert(table).values(rows).on_conflict_do_nothing()
