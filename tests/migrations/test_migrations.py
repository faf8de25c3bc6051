"""The schema's history leads to the tables that the program uses, and back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from search.adapters.sql import migrate, open_catalogue
from search.adapters.sql.engine import make_engine, parse_url
from search.adapters.sql.schema import VERSIONS, alembic_config, downgrade, upgrade
from search.adapters.sql.tables import metadata
from search.errors import MigrationNeededError, StoreError, UsageError
from tests.catalogue.conftest import Databases
from tests.catalogue.pictures import SPACE, Shelf

OPEN_IT = "import sys; from search.adapters.sql import open_catalogue, migrate; "


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    engine = make_engine(parse_url(empty_url), 20.0)
    yield engine
    engine.dispose()


def test_migrations_make_exactly_the_tables_the_program_uses(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_the_program_knows_every_version_there_is(engine: Engine) -> None:
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    versions = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(versions)) == VERSIONS


def test_every_constraint_has_a_name() -> None:
    constraints = [one for table in metadata.sorted_tables for one in table.constraints]
    assert all(one.name for one in constraints)
    assert all(index.name for table in metadata.sorted_tables for index in table.indexes)


def test_data_survives_every_step_down_and_up_that_keeps_its_tables(
    engine: Engine, empty_url: str
) -> None:
    upgrade(engine)
    catalogue = open_catalogue(empty_url)
    gallery = catalogue.create_gallery("default")
    with catalogue.writing(gallery.id) as work:
        work.add_space(SPACE)
        work.commit()
    shelf = Shelf(catalogue, gallery)
    shelf.photo("one.jpg", "red", keywords=("a",))
    for version in reversed(VERSIONS[:-1]):
        downgrade(engine, version)
        upgrade(engine)
        assert shelf.known().keys() == {"one.jpg"}
    catalogue.close()
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)
    with closing(open_catalogue(empty_url)) as catalogue, catalogue.reading() as snapshot:
        assert list(snapshot.galleries()) == []


def test_sqlite_migrates_at_first_open_and_makes_its_folder(tmp_path: Path) -> None:
    catalogue = open_catalogue(f"sqlite:///{tmp_path / 'new' / 'deep' / 'a.db'}")
    assert catalogue.create_gallery("default").revision == 0
    catalogue.close()


def test_postgresql_asks_before_it_migrates(postgres: Databases) -> None:
    url = postgres.empty()
    with pytest.raises(MigrationNeededError, match="is empty") as caught:
        open_catalogue(url)
    assert "sightline migrate" in caught.value.hint
    migrate(url)
    catalogue = open_catalogue(url)
    assert catalogue.create_gallery("default").name == "default"
    catalogue.close()
    postgres.drop(url)


def test_sqlite_is_left_alone_where_migrating_is_not_allowed(tmp_path: Path) -> None:
    with pytest.raises(MigrationNeededError):
        open_catalogue(f"sqlite:///{tmp_path / 'a.db'}", migrate=False)


def test_database_of_a_newer_program_is_refused(engine: Engine, empty_url: str) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for allowed in (None, True, False):
        with pytest.raises(MigrationNeededError, match="its schema is 9999") as caught:
            open_catalogue(empty_url, migrate=allowed)
        assert "Install the newer Sightline" in caught.value.hint


def test_tables_of_another_program_are_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as other:
        other.execute("CREATE TABLE items (id integer)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        open_catalogue(f"sqlite:///{tmp_path / 'a.db'}")


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"JFIF" * 2_000)
    with pytest.raises(StoreError, match="not a database") as caught:
        open_catalogue(f"sqlite:///{tmp_path / 'a.db'}")
    assert "restore" in caught.value.hint


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "mysql://root@localhost/x"])
def test_url_that_cannot_be_used_says_what_to_give(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_catalogue(url)
    assert "sqlite:///FILE" in caught.value.hint


def test_server_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(StoreError) as caught:
        open_catalogue("postgresql://nobody@/nothing?host=/nowhere")
    assert "server runs" in caught.value.hint


def test_processes_that_open_a_new_database_at_once_all_succeed(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.empty()
    opening = OPEN_IT + "migrate(sys.argv[1]); open_catalogue(sys.argv[1]).close()"
    if url.startswith("sqlite"):
        opening = OPEN_IT + "open_catalogue(sys.argv[1]).close()"
    running = [
        subprocess.Popen([sys.executable, "-c", opening, url], cwd=Path(__file__).parents[2])
        for _ in range(2)
    ]
    assert [one.wait(timeout=60) for one in running] == [0] * 2
    catalogue = open_catalogue(url)
    assert list(catalogue.problems()) == []
    catalogue.close()
    databases.drop(url)
