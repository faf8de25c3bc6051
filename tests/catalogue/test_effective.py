"""What an item's categories are, however people and models have spoken: against plain SQL."""

from __future__ import annotations

import sqlite3

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.adapters.sql import open_catalogue
from search.categories.taxonomy import Mode, Taxonomy
from search.domain.category import Verdict
from search.filters.ast import InCategory
from tests.catalogue.conftest import Databases
from tests.catalogue.pictures import SPACE, Shelf, database_path
from tests.catalogue.test_taxonomies import decide, guess, keep, paths
from tests.categories.trees import things

PATHS = things().paths()
N_ITEMS = 4

steps = st.lists(
    st.tuples(
        st.sampled_from(["guess", "sure", "accept", "reject", "forget"]),
        st.integers(0, N_ITEMS - 1),
        st.sampled_from(PATHS),
    ),
    max_size=14,
)


def plainly(url: str, mode: Mode) -> dict[int, list[str]]:
    """Effective categories from the bare tables, one small statement at a time."""
    connection = sqlite3.connect(database_path(url))
    path_of = dict(connection.execute("SELECT id, path FROM categories WHERE NOT removed"))
    found = {}
    for (item,) in connection.execute("SELECT id FROM items").fetchall():
        said = connection.execute(
            "SELECT category_id, verdict FROM decisions WHERE item_id = ?", (item,)
        ).fetchall()
        accepted = {path_of[one] for one, verdict in said if verdict == "accept"}
        rejected = [path_of[one] for one, verdict in said if verdict == "reject"]
        guessed = {
            path_of[one]
            for (one,) in connection.execute(
                "SELECT category_id FROM guesses WHERE item_id = ? AND assigned", (item,)
            )
        }
        kept = {p for p in guessed if not any(f"{p}/".startswith(f"{r}/") for r in rejected)}
        if mode is Mode.SINGLE and accepted:
            kept = set()
        found[item] = sorted(accepted | kept)
    connection.close()
    return found


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps, mode=st.sampled_from(Mode))
def test_categories_filters_and_counts_are_those_of_plain_sql(
    sqlite_databases: Databases, steps: list[tuple[str, int, str]], mode: Mode
) -> None:
    url = sqlite_databases.migrated()
    catalogue = open_catalogue(url)
    made = catalogue.create_gallery("default")
    with catalogue.writing(made.id) as work:
        work.add_space(SPACE)
        work.activate_space(SPACE.id)
        work.commit()
    shelf = Shelf(catalogue, made)
    ids = [shelf.photo(f"{n}.jpg", str(n)) for n in range(N_ITEMS)]
    taxonomy: Taxonomy = things(mode.value)
    stored = keep(shelf, taxonomy)
    for what, at, path in steps:
        if what in ("guess", "sure"):
            guess(shelf, stored, (ids[at], path, 0.5, what == "sure"))
        elif what == "forget":
            with catalogue.writing(made.id) as work:
                work.undecide([ids[at]], stored.category_ids[path])
                work.commit()
        else:
            decide(shelf, stored, ids[at], path, Verdict(what))
    expected = plainly(url, mode)
    assert {item: paths(shelf, item) for item in ids} == expected
    with catalogue.reading() as snapshot:
        counts = snapshot.category_counts(stored.id, made.id)
        for path in PATHS:
            inside = [
                item
                for item in ids
                if any(f"{one}/".startswith(f"{path}/") for one in expected[item])
            ]
            found = snapshot.matching_items(made.id, InCategory(path)).tolist()
            assert found == inside
            assert counts.get(path, 0) == len(inside)
    catalogue.close()
    sqlite_databases.drop(url)
