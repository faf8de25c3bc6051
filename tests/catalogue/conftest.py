"""Each test here runs twice: over a SQLite file and over a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from search.adapters.sql import SqlCatalogue, open_catalogue
from search.domain.gallery import Gallery
from tests.catalogue.pictures import SPACE, Shelf
from tests.support.databases import KINDS, PostgresDatabases, SqliteDatabases, postgres_databases

Databases = SqliteDatabases | PostgresDatabases


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabases]:
    with postgres_databases() as databases:
        yield databases


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest) -> Databases:
    name = {"sqlite": "sqlite_databases", "postgresql": "postgres"}[request.param]
    found: Databases = request.getfixturevalue(name)
    return found


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A database with the present schema and nothing in it."""
    url = databases.migrated()
    yield url
    databases.drop(url)


@pytest.fixture
def open_again(url: str) -> Iterator[Callable[[], SqlCatalogue]]:
    """Opens the test's database once more, as another process would."""
    opened: list[SqlCatalogue] = []

    def open_one() -> SqlCatalogue:
        opened.append(open_catalogue(url, busy_timeout_s=20.0))
        return opened[-1]

    yield open_one
    for catalogue in opened:
        catalogue.close()


@pytest.fixture
def catalogue(open_again: Callable[[], SqlCatalogue]) -> SqlCatalogue:
    return open_again()


@pytest.fixture
def gallery(catalogue: SqlCatalogue) -> Gallery:
    """A gallery with one active space."""
    made = catalogue.create_gallery("default")
    with catalogue.writing(made.id) as work:
        work.add_space(SPACE)
        work.activate_space(SPACE.id)
        work.commit()
    with catalogue.reading() as snapshot:
        return snapshot.gallery("default")


@pytest.fixture
def shelf(catalogue: SqlCatalogue, gallery: Gallery) -> Shelf:
    """The gallery, with short words for what tests do to it."""
    return Shelf(catalogue, gallery)
