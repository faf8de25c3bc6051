"""Publishing a generation: old answers or new ones, never neither."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.folding import fold, lease_name, needs_folding, remove_superseded
from indexer.generation_checks import broken_generations
from search.domain.item import TagOrigin
from tests.catalogue.pictures import SPACE
from tests.upkeep.conftest import Upkeep

STEPS = ["rows", "vectors", "ids", "index", "manifest", "synced", "renamed", "published", "cleaned"]
REPOSITORY = Path(__file__).resolve().parent.parent.parent


def test_folding_publishes_what_the_database_holds(upkeep: Upkeep) -> None:
    items = [upkeep.shelf.photo(f"{i}.jpg", f"content {i}") for i in range(9)]
    before = upkeep.like(items[0])
    row = upkeep.fold()
    assert row is not None
    assert (row.n_rows, row.revision) == (9, upkeep.gallery.revision)
    assert upkeep.like(items[0]) == before
    assert upkeep.folders == [row.folder]


def test_the_active_and_the_previous_generation_are_kept(upkeep: Upkeep) -> None:
    for i in range(4):
        upkeep.shelf.photo(f"{i}.jpg", f"content {i}")
        upkeep.fold()
    assert [row.n_rows for row in upkeep.rows] == [4, 3]
    assert upkeep.folders == sorted(row.folder for row in upkeep.rows)


def _killed_at(upkeep: Upkeep, step: str, root: Path) -> None:
    command = [sys.executable, "-m", "tests.upkeep.fold_child", upkeep.url, str(root), step]
    ended = subprocess.run(command, cwd=REPOSITORY, check=False)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "step",
    [
        step
        if step in ("renamed", "published")
        else pytest.param(step, marks=pytest.mark.acceptance)
        for step in STEPS
    ],
)
def test_a_builder_killed_at_any_step_costs_no_answer(
    upkeep: Upkeep, tmp_path: Path, step: str
) -> None:
    items = [upkeep.shelf.photo(f"{i}.jpg", f"content {i}") for i in range(5)]
    upkeep.fold()
    items.append(upkeep.shelf.photo("new.jpg", "new"))
    searcher = upkeep.searcher()
    expected = upkeep.like(items[0], searcher)
    _killed_at(upkeep, step, tmp_path / "generations")
    is_published = step in ("published", "cleaned")
    assert [row.n_rows for row in upkeep.rows] == ([6, 5] if is_published else [5])
    assert upkeep.like(items[0], searcher) == expected
    assert upkeep.like(items[0]) == expected
    with upkeep.catalogue.reading() as snapshot:
        found = broken_generations(
            snapshot, upkeep.store, upkeep.builder, upkeep.gallery, digests=True
        )
        assert list(found) == []
    assert upkeep.fold() is None, "the dead builder's lease still runs"
    assert upkeep.fold(holder="child") is not None
    assert upkeep.folders == sorted(row.folder for row in upkeep.rows)
    assert upkeep.like(items[0], searcher) == expected


def test_two_builders_at_once_are_one(upkeep: Upkeep) -> None:
    upkeep.shelf.photo("1.jpg", "red")
    inner: list[object] = []

    def fold_too(step: str) -> None:
        if step == "rows":
            inner.append(upkeep.fold())

    fold(
        upkeep.catalogue,
        upkeep.store,
        upkeep.builder,
        upkeep.gallery.id,
        SPACE.id,
        on_step=fold_too,
    )
    assert inner == [None]
    assert len(upkeep.rows) == 1


def test_a_builder_that_lost_its_lease_publishes_nothing(upkeep: Upkeep) -> None:
    upkeep.shelf.photo("1.jpg", "red")

    def lose(step: str) -> None:
        if step == "renamed":
            upkeep.fold(holder="slow")

    row = fold(
        upkeep.catalogue,
        upkeep.store,
        upkeep.builder,
        upkeep.gallery.id,
        SPACE.id,
        holder="slow",
        on_step=lose,
    )
    assert row is None
    assert len(upkeep.rows) == 1
    assert upkeep.like(1).revision == upkeep.gallery.revision


def test_changes_during_a_build_are_found_after_it(upkeep: Upkeep) -> None:
    items = [upkeep.shelf.photo("1.jpg", "red")]

    def change(step: str) -> None:
        if step == "index":
            items.append(upkeep.shelf.photo("2.jpg", "blue"))

    fold(
        upkeep.catalogue,
        upkeep.store,
        upkeep.builder,
        upkeep.gallery.id,
        SPACE.id,
        on_step=change,
    )
    assert [hit.item.id for hit in upkeep.like(items[0]).hits] == [items[1]]


def _is_due(upkeep: Upkeep) -> bool:
    return needs_folding(
        upkeep.catalogue, upkeep.store, upkeep.builder, upkeep.gallery.id, SPACE.id
    )


def test_folding_is_due_when_there_is_none_or_much_has_changed(
    upkeep: Upkeep,
) -> None:
    assert not _is_due(upkeep)
    upkeep.shelf.store(*[upkeep.shelf.picture(f"{i}.jpg", f"content {i}") for i in range(5)])
    assert _is_due(upkeep)
    upkeep.fold()
    assert not _is_due(upkeep)
    upkeep.shelf.store(*[upkeep.shelf.picture(f"b{i}.jpg", f"more {i}") for i in range(1000)])
    assert not _is_due(upkeep)
    upkeep.shelf.photo("one more.jpg", "one more")
    assert _is_due(upkeep)


def test_a_tag_on_everything_makes_no_folding_due(upkeep: Upkeep) -> None:
    report = upkeep.shelf.store(
        *[upkeep.shelf.picture(f"{i}.jpg", f"content {i}") for i in range(1100)]
    )
    upkeep.fold()
    with upkeep.catalogue.writing(upkeep.gallery.id) as work:
        work.add_tags(report.item_ids, ["all"], origin=TagOrigin.PERSON)
        work.commit()
    assert not _is_due(upkeep)


def test_a_lost_generation_makes_folding_due(upkeep: Upkeep) -> None:
    upkeep.shelf.photo("1.jpg", "red")
    row = upkeep.fold()
    assert row is not None
    upkeep.store.remove(upkeep.gallery, row.folder)
    assert _is_due(upkeep)


def test_leftovers_are_removed_and_the_kept_ones_stay(upkeep: Upkeep) -> None:
    upkeep.shelf.photo("1.jpg", "red")
    row = upkeep.fold()
    assert row is not None
    orphan = upkeep.path(row).with_name(".building-000000001-dead")
    orphan.mkdir()
    (orphan / "vectors.f16").write_bytes(bytes(1000))
    freed = remove_superseded(upkeep.catalogue, upkeep.store, upkeep.gallery.id, SPACE.id)
    assert freed == 1000
    assert upkeep.folders == [row.folder]


def test_the_lease_is_given_back(upkeep: Upkeep) -> None:
    upkeep.shelf.photo("1.jpg", "red")
    upkeep.fold()
    name = lease_name(upkeep.gallery.id, SPACE.id)
    assert upkeep.catalogue.acquire_lease(name, holder="next", lease_s=1) is not None
