"""The schema's version, and bringing a database up to it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from search.adapters.sql.engine import BEGIN_WRITING, is_sqlite
from search.errors import MigrationNeededError, StoreError

if TYPE_CHECKING:
    from alembic.config import Config

# Every version there has been, oldest first. Kept here so that opening a database that is up to
# date need not load Alembic; a test holds that the migrations say the same.
VERSIONS = ("0001", "0002", "0003", "0004")
_LOCK_KEY = 0x5169_4C1E  # of PostgreSQL's advisory lock: one migration at a time


def ensure_schema(engine: Engine, *, migrate: bool) -> None:
    """Check the database's version, and bring it up to date where `migrate` allows.

    Raises:
        MigrationNeededError: newer than this program, or older and not to be migrated.
        StoreError: a database of something else.
    """
    with engine.connect() as connection:
        version = _version(connection)
    if version == VERSIONS[-1]:
        return
    if not migrate:
        state = f"has schema {version}" if version else "is empty"
        raise MigrationNeededError(
            f"The database {state}, and this program needs schema {VERSIONS[-1]}.",
            hint="Make a backup, then run `sightline migrate`.",
        )
    upgrade(engine)


def upgrade(engine: Engine, target: str = "head") -> None:
    """Run the migrations up to `target`, all or nothing; of several at once one does the work."""
    from alembic import command

    with _exclusive(engine) as connection:
        version = _version(connection)
        if version != VERSIONS[-1]:
            command.upgrade(alembic_config(connection), target)
            _check_references(connection)
        connection.commit()


def downgrade(engine: Engine, target: str) -> None:
    """Take migrations back down to `target` ("base" is all of them)."""
    from alembic import command

    with _exclusive(engine) as connection:
        command.downgrade(alembic_config(connection), target)
        _check_references(connection)
        connection.commit()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, with the scripts of the installed package and an open connection."""
    from alembic.config import Config

    config = Config()
    folder = str(resources.files("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _exclusive(engine: Engine) -> Connection:
    """A connection whose transaction nobody else's migration can run beside."""
    connection = engine.connect().execution_options(**{BEGIN_WRITING: True})
    if is_sqlite(connection):
        # SQLite alters tables by copying them, which foreign keys must not follow.
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute("PRAGMA foreign_keys=OFF")
        connection.detach()  # closed, not pooled, so the setting ends with it
    connection.begin()
    if not is_sqlite(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    return connection


def _version(connection: Connection) -> str | None:
    """The version the database is at, None where it is empty."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables & {"galleries", "items", "files"}:
            raise StoreError(
                "The database holds tables of another program.",
                hint="Give Sightline a database of its own.",
            )
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    if version is not None and version not in VERSIONS:
        raise MigrationNeededError(
            f"The database was written by a newer program: its schema is {version}, "
            f"and this one knows {VERSIONS[-1]}.",
            hint="Install the newer Sightline, or restore a backup from before.",
        )
    return version


def _check_references(connection: Connection) -> None:
    if is_sqlite(connection) and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreError(
            "The migration would leave rows that refer to nothing; nothing was changed.",
            hint="Restore a backup, and please report this.",
        )
