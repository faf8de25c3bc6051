"""The law of catching up: what changed since, applied, equals reading everything again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from search.adapters.sql import open_catalogue
from search.domain.indexing import ClaimedVector, FileSlot, FileStamp, MovedFile
from search.domain.item import TagOrigin
from search.domain.space import EmbeddingSpace
from search.ports.catalogue import UnitOfWork
from tests.catalogue.conftest import Databases
from tests.catalogue.pictures import OTHER_SPACE, SPACE, Shelf, vector

PATHS = [f"{name}.jpg" for name in "abcdef"]
CONTENTS = ["red", "green", "blue", "white"]
Rows = dict[int, dict[int, bytes]]


class Reader:
    """What a searcher holds of one space: rows by item, brought up to date by `changes` alone."""

    def __init__(self, shelf: Shelf, space: EmbeddingSpace) -> None:
        self._shelf, self._space = shelf, space
        self.revision, self.rows = 0, Rows()

    def catch_up(self) -> None:
        changes = self._shelf.changes(self.revision, self._space)
        for item_id in changes.item_ids.tolist():
            self.rows.pop(item_id, None)
        rows = changes.rows
        for item_id, view_id, row in zip(rows.item_ids, rows.view_ids, rows.vectors, strict=True):
            assert item_id in changes.item_ids
            self.rows.setdefault(int(item_id), {})[int(view_id)] = row.tobytes()
        self.revision = changes.revision


def everything(shelf: Shelf, space: EmbeddingSpace) -> Rows:
    found = Rows()
    with shelf.catalogue.reading() as snapshot:
        for block in snapshot.view_rows(shelf.gallery.id, space.id, block_rows=2):
            for item_id, view_id, row in zip(
                block.item_ids, block.view_ids, block.vectors, strict=True
            ):
                found.setdefault(int(item_id), {})[int(view_id)] = row.tobytes()
    return found


class GalleryLife(RuleBasedStateMachine):
    """Everything that can happen to a gallery, in any order."""

    make_shelf: Callable[[], Shelf]

    @initialize()
    def open_gallery(self) -> None:
        self.shelf = type(self).make_shelf()
        self.readers = [Reader(self.shelf, SPACE), Reader(self.shelf, OTHER_SPACE)]
        self.late = Reader(self.shelf, SPACE)

    @contextmanager
    def committing(self) -> Iterator[UnitOfWork]:
        with self.shelf.catalogue.writing(self.shelf.gallery.id) as work:
            yield work
            work.commit()

    def file_ids(self) -> list[int]:
        return sorted(known.id for known in self.shelf.known().values())

    def item_ids(self) -> list[int]:
        with self.shelf.catalogue.reading() as snapshot:
            return [item.id for item in snapshot.list_items(self.shelf.gallery.id)]

    @rule(
        slots=st.lists(
            st.tuples(st.sampled_from(PATHS), st.sampled_from(CONTENTS)), min_size=1, max_size=4
        ),
        tags=st.lists(st.sampled_from("xy"), max_size=2),
    )
    def store(self, slots: list[tuple[str, str]], tags: list[str]) -> None:
        pictures = [self.shelf.picture(p, c, keywords=tuple(tags)) for p, c in slots]
        with self.committing() as work:
            work.store_pictures(pictures)

    @precondition(lambda self: self.file_ids())
    @rule(data=st.data(), found=st.booleans())
    def lose_or_find(self, data: st.DataObject, found: bool) -> None:
        ids = data.draw(st.lists(st.sampled_from(self.file_ids()), max_size=3))
        with self.committing() as work:
            if found:
                work.mark_found({i: FileStamp(1, 1, 1.0) for i in ids})
            else:
                work.mark_missing(ids)

    @precondition(lambda self: self.file_ids())
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        moves = st.tuples(st.sampled_from(self.file_ids()), st.sampled_from([*PATHS, "z.jpg"]))
        chosen = data.draw(st.lists(moves, max_size=3))
        root = self.shelf.root.id
        with self.committing() as work:
            work.move_files(
                [MovedFile(i, FileSlot(root, p, p), FileStamp(2, 2, 2.0)) for i, p in chosen]
            )

    @precondition(lambda self: self.item_ids())
    @rule(data=st.data(), action=st.sampled_from(["delete", "restore", "tag", "untag"]))
    def decide(self, data: st.DataObject, action: str) -> None:
        ids = data.draw(st.lists(st.sampled_from(self.item_ids()), max_size=2))
        with self.committing() as work:
            if action == "delete":
                work.delete_items(ids)
            elif action == "restore":
                work.restore_items(ids)
            elif action == "tag":
                work.add_tags(ids, ["x"], origin=TagOrigin.PERSON)
            else:
                work.remove_tags(ids, ["x"])

    @rule(limit=st.integers(1, 4))
    def fill(self, limit: int) -> None:
        with self.committing() as work:
            claims = work.claim_views(OTHER_SPACE.id, holder="a", limit=limit, lease_s=60)
            vectors = [ClaimedVector(c, vector(c.content_hash, OTHER_SPACE.dim)) for c in claims]
            assert work.store_vectors(OTHER_SPACE.id, vectors).added == len(claims)

    @rule()
    def purge(self) -> None:
        with self.committing() as work:
            work.purge()

    @rule()
    def let_the_late_reader_catch_up(self) -> None:
        self.late.catch_up()
        assert self.late.rows == everything(self.shelf, SPACE)

    @invariant()
    def readers_agree_with_a_full_reading(self) -> None:
        for reader, space in zip(self.readers, (SPACE, OTHER_SPACE), strict=True):
            reader.catch_up()
            assert reader.rows == everything(self.shelf, space)

    def teardown(self) -> None:
        if hasattr(self, "shelf"):
            assert list(self.shelf.catalogue.problems()) == []


def _run(databases: Databases, *, n_examples: int, n_steps: int) -> None:
    url = databases.migrated()
    catalogue = open_catalogue(url)
    names = iter(range(10**6))

    def make_shelf() -> Shelf:
        gallery = catalogue.create_gallery(f"g{next(names)}")
        with catalogue.writing(gallery.id) as work:
            work.add_space(SPACE)
            work.add_space(OTHER_SPACE)
            work.activate_space(SPACE.id)
            work.commit()
        return Shelf(catalogue, gallery)

    machine = type("Life", (GalleryLife,), {"make_shelf": staticmethod(make_shelf)})
    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine,
            settings=settings(max_examples=n_examples, stateful_step_count=n_steps, deadline=None),
        )
    finally:
        catalogue.close()
        databases.drop(url)


def test_applying_changes_equals_reading_everything_again(databases: Databases) -> None:
    _run(databases, n_examples=6, n_steps=20)


@pytest.mark.acceptance
def test_applying_changes_equals_reading_everything_again_in_long_lives(
    databases: Databases,
) -> None:
    _run(databases, n_examples=150, n_steps=50)
