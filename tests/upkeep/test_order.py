"""verify finds what is wrong, repair makes it right, prune removes what is not needed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.prune import prune, remove_unnamed_galleries
from indexer.repair import repair
from indexer.verify import Problem, ProblemKind, verify
from search.adapters.sql import SqlCatalogue
from search.domain.gallery import GenerationRow
from tests.catalogue.pictures import OTHER_SPACE, SPACE
from tests.upkeep.conftest import Upkeep


def found(upkeep: Upkeep) -> list[Problem]:
    """Problems but those of files, which a shelf's photos do not have."""
    problems = verify(upkeep.catalogue, upkeep.store, upkeep.builder, "default")
    return [problem for problem in problems if problem.kind is not ProblemKind.FILE]


def folded(upkeep: Upkeep) -> GenerationRow:
    for i in range(4):
        upkeep.shelf.photo(f"{i}.jpg", f"content {i}")
    row = upkeep.fold()
    assert row is not None
    upkeep.shelf.photo("0.jpg", "other content")
    upkeep.shelf.photo("late.jpg", "late")
    return row


def _remove(path: Path) -> None:
    shutil.rmtree(path)


def _cut(path: Path) -> None:
    (path / "ids.i64").write_bytes(b"short")


def _flip(path: Path) -> None:
    content = bytearray((path / "vectors.f16").read_bytes())
    content[3] ^= 64
    (path / "vectors.f16").write_bytes(content)


@pytest.mark.parametrize("damage", [_remove, _cut, _flip])
def test_a_damaged_generation_is_found_and_built_again(
    upkeep: Upkeep, damage: Callable[[Path], None]
) -> None:
    row = folded(upkeep)
    expected = upkeep.like(2)
    assert found(upkeep) == []
    damage(upkeep.path(row))
    (problem,) = found(upkeep)
    assert problem.kind is ProblemKind.GENERATION
    assert "repair" in problem.hint
    report = repair(upkeep.catalogue, upkeep.store, upkeep.builder, "default")
    assert (report.rebuilt, report.n_removed, report.busy) == ((SPACE.id,), 1, ())
    assert found(upkeep) == []
    assert [kept.n_rows for kept in upkeep.rows] == [5]
    assert upkeep.folders == [upkeep.rows[0].folder]
    assert upkeep.like(2) == expected


def test_a_sound_gallery_is_left_alone(upkeep: Upkeep) -> None:
    row = folded(upkeep)
    report = repair(upkeep.catalogue, upkeep.store, upkeep.builder, "default")
    assert (report.rebuilt, report.n_removed, report.bytes_freed) == ((), 0, 0)
    assert upkeep.rows == [row]


def test_a_missing_generation_is_built(upkeep: Upkeep) -> None:
    upkeep.shelf.photo("1.jpg", "red")
    report = repair(upkeep.catalogue, upkeep.store, upkeep.builder, "default")
    assert report.rebuilt == (SPACE.id,)


def test_vectors_that_differ_from_the_databases_are_found(upkeep: Upkeep) -> None:
    """A generation sound in itself, but of other rows than SQL has now."""
    folded(upkeep)
    with upkeep.catalogue.reading() as snapshot:
        view_id = int(next(snapshot.view_rows(upkeep.gallery.id, SPACE.id)).view_ids[1])
    vector = np.eye(SPACE.dim, dtype=np.float16)[0].tobytes()
    _execute(
        upkeep.catalogue,
        f"UPDATE embeddings SET vector = X'{vector.hex()}' WHERE view_id = {view_id}",
    )
    (problem,) = found(upkeep)
    assert "1 differ" in problem.what
    repair(upkeep.catalogue, upkeep.store, upkeep.builder, "default")
    assert found(upkeep) == []


def _execute(catalogue: SqlCatalogue, statement: str) -> None:
    with catalogue._engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_leftovers_of_a_crash_are_found_and_pruned(upkeep: Upkeep) -> None:
    row = folded(upkeep)
    orphan = upkeep.path(row).with_name(".building-000000001-dead")
    orphan.mkdir()
    (orphan / "vectors.f16").write_bytes(bytes(1000))
    (problem,) = found(upkeep)
    assert problem.kind is ProblemKind.ORPHAN
    report = prune(upkeep.catalogue, upkeep.store, "default")
    assert report.bytes_freed == 1000
    assert found(upkeep) == []
    assert upkeep.folders == [row.folder]


def test_a_build_in_progress_is_spared(upkeep: Upkeep) -> None:
    from indexer.folding import fold

    upkeep.shelf.photo("1.jpg", "red")
    seen: list[object] = []

    def meanwhile(step: str) -> None:
        if step in ("vectors", "renamed"):
            report = prune(upkeep.catalogue, upkeep.store, "default")
            seen.extend([report.busy, found(upkeep)])
            seen.append(repair(upkeep.catalogue, upkeep.store, upkeep.builder, "default").busy)

    row = fold(
        upkeep.catalogue,
        upkeep.store,
        upkeep.builder,
        upkeep.gallery.id,
        SPACE.id,
        on_step=meanwhile,
    )
    assert seen == [(SPACE.id,), [], (SPACE.id,)] * 2
    assert row is not None
    assert upkeep.folders == [row.folder]


def test_views_without_embedding_are_told(upkeep: Upkeep) -> None:
    folded(upkeep)
    with upkeep.catalogue.writing(upkeep.gallery.id) as work:
        work.add_space(OTHER_SPACE)
        work.activate_space(OTHER_SPACE.id)
        work.commit()
    (problem,) = found(upkeep)
    assert problem.kind is ProblemKind.EMBEDDING
    assert "5 views" in problem.what
    report = repair(upkeep.catalogue, upkeep.store, upkeep.builder, "default")
    assert report.n_unembedded == 5


def test_pruning_keeps_two_generations_and_forgets_retired_views(upkeep: Upkeep) -> None:
    folded(upkeep)
    upkeep.fold()
    upkeep.shelf.photo("last.jpg", "last")
    upkeep.fold()
    assert len(upkeep.rows) == 2
    expected = upkeep.like(2)
    report = prune(upkeep.catalogue, upkeep.store, "default")
    assert report.n_views == 1
    assert len(upkeep.rows) == 2
    assert upkeep.like(2) == expected


def test_a_searcher_goes_on_through_pruning(upkeep: Upkeep) -> None:
    folded(upkeep)
    searcher = upkeep.searcher()
    expected = upkeep.like(2, searcher)
    for _ in range(3):
        upkeep.fold()
        prune(upkeep.catalogue, upkeep.store, "default")
        assert upkeep.like(2, searcher) == expected


def test_a_space_that_nobody_wants_goes_with_all_it_has(upkeep: Upkeep) -> None:
    folded(upkeep)
    with upkeep.catalogue.writing(upkeep.gallery.id) as work:
        work.add_space(OTHER_SPACE, wanted=False)
        work.commit()
    kept = prune(upkeep.catalogue, upkeep.store, "default")
    assert kept.removed_spaces == ()
    report = prune(upkeep.catalogue, upkeep.store, "default", unused_spaces=True)
    assert report.removed_spaces == (OTHER_SPACE.id,)
    with upkeep.catalogue.reading() as snapshot:
        assert [space.space.id for space in snapshot.spaces(upkeep.gallery.id)] == [SPACE.id]


def test_generations_of_deleted_galleries_go(upkeep: Upkeep) -> None:
    folded(upkeep)
    assert remove_unnamed_galleries(upkeep.catalogue, upkeep.store) == 0
    path = upkeep.store.gallery_path(upkeep.gallery)
    upkeep.catalogue.delete_gallery(upkeep.gallery.id)
    assert remove_unnamed_galleries(upkeep.catalogue, upkeep.store) > 0
    assert not path.exists()
