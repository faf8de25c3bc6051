"""What a query costs does not grow with the gallery: counted in steps of SQLite's own machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event

from benchmarks.service_gallery import make_gallery
from search.adapters.sql.engine import make_engine, parse_url
from search.adapters.sql.snapshot import SqlSnapshot
from search.filters.ast import And
from search.settings import Settings
from tests.support.embedders import hashing_space

N_ITEMS = 3_000
STEPS = 100


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    make_gallery(settings, hashing_space(), N_ITEMS)
    return make_engine(parse_url(settings.sqlalchemy_url), 30.0)


def steps(engine: Engine, ask: Callable[[SqlSnapshot], object]) -> int:
    """How many steps of its machine SQLite takes for what `ask` reads, to the nearest hundred."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += STEPS
        return 0

    def listen(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(count, STEPS)

    event.listen(engine, "checkout", listen)
    try:
        with engine.connect() as connection:
            ask(SqlSnapshot(connection))
    finally:
        event.remove(engine, "checkout", listen)
        engine.dispose()
    return counted


def test_a_page_of_items_is_read_by_their_ids(engine: Engine) -> None:
    page = list(range(1, N_ITEMS, N_ITEMS // 30))
    assert steps(engine, lambda snapshot: snapshot.items(1, page)) < 2 * N_ITEMS


def test_the_first_page_of_all_items_is_not_all_of_them(engine: Engine) -> None:
    whole = steps(engine, lambda snapshot: snapshot.matching_items(1, And(())))
    page = steps(engine, lambda snapshot: snapshot.matching_items(1, And(()), limit=30))
    assert whole > N_ITEMS
    assert page < N_ITEMS
