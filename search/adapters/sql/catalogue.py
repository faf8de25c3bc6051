"""`search.ports.catalogue.Catalogue` over an engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from search.adapters.sql import galleries as gallery_rows
from search.adapters.sql import leases as lease_rows
from search.adapters.sql.engine import make_engine, parse_url, reading_engine, writing_engine
from search.adapters.sql.failures import translated
from search.adapters.sql.problems import problems
from search.adapters.sql.schema import ensure_schema, upgrade
from search.adapters.sql.service import SqlJobStore, SqlKeyStore
from search.adapters.sql.snapshot import SqlSnapshot
from search.adapters.sql.tables import galleries
from search.adapters.sql.unit_of_work import SqlUnitOfWork
from search.adapters.sql.work import Work
from search.domain.gallery import Gallery, Lease
from search.errors import ConflictError

_ANY = select(galleries.c.id).limit(1)


class SqlCatalogue:
    """A database, opened. Threads may share it; processes open their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reading_engine(engine)
        self._writer = writing_engine(engine)
        self._claimed_up_to: dict[tuple[int, str], int] = {}

    @contextmanager
    def reading(self) -> Iterator[SqlSnapshot]:
        with self._reading() as connection:
            yield SqlSnapshot(connection)

    @contextmanager
    def writing(self, gallery_id: int) -> Iterator[SqlUnitOfWork]:
        with translated(), self._writer.connect() as connection:
            gallery_rows.gallery_numbered(connection, gallery_id)
            work = Work(connection, gallery_id, claimed_up_to=self._claimed_up_to)
            yield SqlUnitOfWork(work)

    def create_gallery(self, name: str) -> Gallery:
        with self._committing(name) as connection:
            return gallery_rows.create_gallery(connection, name)

    def rename_gallery(self, gallery_id: int, name: str) -> None:
        with self._committing(name) as connection:
            gallery_rows.rename_gallery(connection, gallery_id, name)

    def delete_gallery(self, gallery_id: int) -> None:
        with self._committing() as connection:
            gallery_rows.delete_gallery(connection, gallery_id)

    def acquire_lease(self, name: str, *, holder: str, lease_s: float) -> Lease | None:
        with self._committing() as connection:
            return lease_rows.acquire(connection, name, holder=holder, lease_s=lease_s)

    def renew_lease(self, lease: Lease, lease_s: float) -> Lease:
        with self._committing() as connection:
            return lease_rows.renew(connection, lease, lease_s)

    def release_lease(self, lease: Lease) -> None:
        with self._committing() as connection:
            lease_rows.release(connection, lease)

    @property
    def key_store(self) -> SqlKeyStore:
        return SqlKeyStore(self._reading, self._committing)

    @property
    def job_store(self) -> SqlJobStore:
        return SqlJobStore(self._reading, self._committing)

    def problems(self) -> Iterator[str]:
        with self._reading() as connection:
            yield from problems(connection)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(), self._reader.connect() as connection:
            # A snapshot begins with its first statement, not with BEGIN.
            connection.execute(_ANY).first()
            yield connection

    @contextmanager
    def _committing(self, name: str = "") -> Iterator[Connection]:
        with translated(), self._writer.connect() as connection:
            try:
                yield connection
                connection.commit()
            except IntegrityError as error:
                if name and "name" in str(error.orig):
                    raise ConflictError(
                        f"There is a gallery named '{name}' already.", hint="Take another."
                    ) from error
                raise


def open_catalogue(
    url: str, *, busy_timeout_s: float = 30.0, migrate: bool | None = None
) -> SqlCatalogue:
    """Open the database at a SQLAlchemy URL.

    Args:
        migrate: bring an older schema up to date; None does so for SQLite, whose only user we
            are, and not for PostgreSQL, where other programs may run at the same time.
    Raises:
        UsageError: a URL that cannot be used.
        MigrationNeededError: a schema older than this program, where it is not to be migrated,
            or newer.
        StoreError: the database cannot be opened.
    """
    parsed = parse_url(url)
    engine = make_engine(parsed, busy_timeout_s)
    allowed = parsed.get_backend_name() == "sqlite" if migrate is None else migrate
    try:
        with translated():
            ensure_schema(engine, migrate=allowed)
    except BaseException:
        engine.dispose()
        raise
    return SqlCatalogue(engine)


def migrate(url: str, *, busy_timeout_s: float = 30.0) -> None:
    """Bring the database at `url` up to this program's schema, made if it is empty."""
    engine = make_engine(parse_url(url), busy_timeout_s)
    try:
        with translated():
            upgrade(engine)
    finally:
        engine.dispose()
