"""The database's own clock: the only one that all workers share."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Float, literal_column

from search.adapters.sql.engine import is_sqlite


def now(connection: Connection) -> ColumnElement[float]:
    """Seconds since 1970-01-01 UTC, now rather than at the transaction's start."""
    if is_sqlite(connection):
        return literal_column("(julianday('now') - 2440587.5) * 86400.0", Float)
    return literal_column("extract(epoch FROM clock_timestamp())::float8", Float)
