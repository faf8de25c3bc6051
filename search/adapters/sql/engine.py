"""One engine per database URL, set up so that a transaction means the same on both databases.

SQLite: write-ahead log, so readers never wait for the writer; `synchronous=FULL`, so a commit
that returned survives a power loss and no revision or id is ever given twice (NORMAL would not
corrupt either, but could forget the last commits); writers begin IMMEDIATE, so a reader never
has to become a writer half-way, which would fail instead of waiting.

PostgreSQL: readers see one snapshot (REPEATABLE READ, READ ONLY); writers run in READ COMMITTED
and take turns on their gallery's row.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from search.errors import UsageError

CHUNK = 500  # ids per statement: below every database's limit on parameters
BEGIN_WRITING = "sightline_begin_writing"

_KEPT_CONNECTIONS = 64
"""SQLite's, once they have been needed at the same time: opening one reads the whole schema."""

_CACHE_KIB = 4096
"""Of each connection, for what is not mapped; every thread's connection fills its own, so a large
one makes a service grow for hours."""

_MAPPED_BYTES = 2**40
"""Of the file, as much as SQLite maps at most (2 GiB, as it is built): pages are then read where
the system keeps them, a page of hits in half the time, and all processes share them."""


def parse_url(url: str) -> URL:
    """The URL, with psycopg as PostgreSQL's driver where none is named.

    Raises:
        UsageError: not a URL, or a database this program does not speak.
    """
    hint = "Give sqlite:///FILE or postgresql://USER@HOST/DATABASE."
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("The database URL cannot be read.", hint=hint) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise UsageError("A SQLite database needs a file.", hint=hint)
        return parsed
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise UsageError(f"Databases of the kind '{backend}' are not supported.", hint=hint)


def make_engine(url: URL, busy_timeout_s: float) -> Engine:
    """An engine for `url`; nothing is opened yet, except that SQLite's folder is made."""
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).expanduser().resolve().parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            url,
            pool_size=_KEPT_CONNECTIONS,
            max_overflow=-1,
            connect_args={"timeout": busy_timeout_s},
        )
        event.listen(engine, "connect", _sqlite_setup(busy_timeout_s))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    wait_ms = int(busy_timeout_s * 1000)
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=busy_timeout_s,
        max_overflow=20,
        connect_args={"options": f"-c lock_timeout={wait_ms} -c timezone=UTC"},
    )


def reading_engine(engine: Engine) -> Engine:
    """The same connections, for transactions that see one snapshot and write nothing."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def writing_engine(engine: Engine) -> Engine:
    """The same connections, for transactions that write."""
    return engine.execution_options(**{BEGIN_WRITING: True})


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _sqlite_setup(busy_timeout_s: float) -> Callable[[Any, Any], None]:
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        connection.execute(f"PRAGMA busy_timeout={int(busy_timeout_s * 1000)}")
        _use_write_ahead_log(connection, time.monotonic() + busy_timeout_s)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute(f"PRAGMA mmap_size={_MAPPED_BYTES}")

    return set_up


def _use_write_ahead_log(connection: sqlite3.Connection, deadline: float) -> None:
    """Changing the journal mode ignores the busy timeout, so two first opens must wait here."""
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(BEGIN_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
