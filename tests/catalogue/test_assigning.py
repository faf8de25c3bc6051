"""Assigning over a real database: what is looked at, what is written, what is foreseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from search.categories.assigning import Assigning, Change
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy_file import read_taxonomy
from search.domain.arrays import FloatMatrix
from search.domain.category import Verdict
from search.domain.item import TagOrigin
from search.errors import ConflictError
from tests.catalogue.pictures import SPACE, Shelf, product, vector
from tests.catalogue.test_taxonomies import decide, keep, paths

COLOURS = read_taxonomy("taxonomy: colours\ncategories: [warm: {children: [red, orange]}, blue]")


class Seer:
    """A model for which a word means what a picture of that content shows; it counts its texts."""

    space = SPACE
    logit_scale = 30.0
    logit_bias = None

    def __init__(self) -> None:
        self.n_texts = 0

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        self.n_texts += len(texts)
        words = [text.removeprefix("a photo of a ").removesuffix(".") for text in texts]
        return np.stack([vector(word).astype(np.float32) for word in words])


@pytest.fixture
def seer() -> Seer:
    return Seer()


def assigning(shelf: Shelf, seer: Seer, **other: object) -> Assigning:
    return Assigning(shelf.catalogue, shelf.gallery.id, SPACE, lambda: seer, **other)  # type: ignore[arg-type, return-value]


def test_every_item_gets_its_category(shelf: Shelf, seer: Seer) -> None:
    ids = {c: shelf.photo(f"{c}.jpg", c) for c in ("red", "orange", "blue")}
    report = assigning(shelf, seer).assign(keep(shelf, COLOURS))
    assert {c: paths(shelf, i) for c, i in ids.items()} == {
        "red": ["warm/red"],
        "orange": ["warm/orange"],
        "blue": ["blue"],
    }
    assert (report.n_items, report.n_assigned, report.n_changed) == (3, 3, 3)
    assert report.moves[(), ("blue",)] == 1


def test_only_what_changed_is_looked_at_and_the_model_rests(shelf: Shelf, seer: Seer) -> None:
    for colour in ("red", "orange"):
        shelf.photo(f"{colour}.jpg", colour)
    stored = keep(shelf, COLOURS)
    assigning(shelf, seer).assign(stored)
    n_texts, before = seer.n_texts, shelf.revision
    assert assigning(shelf, seer).assign(stored).up_to_date
    assert shelf.revision == before
    new = shelf.photo("blue.jpg", "blue")
    report = assigning(shelf, seer).assign(stored)
    assert (report.n_items, paths(shelf, new)) == (1, ["blue"])
    assert seer.n_texts == n_texts
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_tags([new], ["mine"], origin=TagOrigin.PERSON)
        work.commit()
    before = shelf.revision
    report = assigning(shelf, seer).assign(stored)
    assert (report.n_items, report.n_changed, shelf.revision) == (1, 0, before)
    assert assigning(shelf, seer).assign(stored).up_to_date


def test_blocks_of_any_size_assign_the_same(shelf: Shelf, seer: Seer) -> None:
    colours = ["red", "orange", "blue"] * 5
    ids = [shelf.photo(f"{n}.jpg", c) for n, c in enumerate(colours)]
    shelf.store(*product(shelf.root, "both", ["red", "red", "blue"]))
    stored = keep(shelf, COLOURS)
    assigning(shelf, seer, block_rows=2).assign(stored)
    assert [paths(shelf, i)[0].rpartition("/")[2] for i in ids] == colours
    assert assigning(shelf, seer).assign(stored).up_to_date
    assert assigning(shelf, seer).foresee(COLOURS, stored).n_changed == 0


def test_what_others_commit_meanwhile_is_looked_at_next_time(shelf: Shelf, seer: Seer) -> None:
    for n, colour in enumerate(["red", "orange", "blue"] * 2):
        shelf.photo(f"{n}.jpg", colour)
    stored = keep(shelf, COLOURS)
    late: list[int] = []

    def meanwhile(done: int, total: int | None, word: str) -> None:
        if word.startswith("Assigning") and not late:
            late.append(shelf.photo("late.jpg", "blue"))

    assigning(shelf, seer, block_rows=2, progress=meanwhile).assign(stored)
    assert paths(shelf, late[0]) == []
    assigning(shelf, seer).assign(stored)
    assert paths(shelf, late[0]) == ["blue"]
    assert assigning(shelf, seer).assign(stored).up_to_date


def test_a_run_that_is_cut_short_goes_on(shelf: Shelf, seer: Seer) -> None:
    ids = [shelf.photo(f"{n}.jpg", c) for n, c in enumerate(["red", "orange", "blue"] * 2)]
    stored = keep(shelf, COLOURS)
    asked: list[int] = []

    def leave() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assigning(shelf, seer, block_rows=2, leave_if_asked=leave).assign(stored)
    assert paths(shelf, ids[0]) == ["warm/red"]
    assert paths(shelf, ids[-1]) == []
    assigning(shelf, seer).assign(stored)
    assert paths(shelf, ids[-1]) == ["blue"]


def test_a_new_version_is_foreseen_and_then_done(shelf: Shelf, seer: Seer) -> None:
    red, blue, own = (shelf.photo(f"{n}.jpg", c) for n, c in enumerate(["red", "blue", "blue"]))
    stored = keep(shelf, COLOURS)
    assigning(shelf, seer).assign(stored)
    decide(shelf, stored, own, "warm/orange", Verdict.ACCEPT)
    newer = read_taxonomy("taxonomy: colours\ncategories: [red, orange, {sky: {words: [blue]}}]")
    before = shelf.revision
    foreseen = assigning(shelf, seer).foresee(newer, stored)
    assert shelf.revision == before
    assert foreseen.examples == [
        Change(red, ("warm/red",), ("red",)),
        Change(blue, ("blue",), ("sky",)),
    ]
    kept = keep(shelf, newer)
    assert kept.taxonomy.version == 2
    done = assigning(shelf, seer).assign(kept)
    assert {i: paths(shelf, i) for i in (red, blue)} == {red: ["red"], blue: ["sky"]}
    assert done.n_items == 3


def test_a_first_import_is_foreseen_too(shelf: Shelf, seer: Seer) -> None:
    item_id = shelf.photo("1.jpg", "red")
    foreseen = assigning(shelf, seer).foresee(COLOURS, None)
    assert foreseen.examples == [Change(item_id, (), ("warm/red",))]
    assert foreseen.moves == {((), ("warm/red",)): 1}


def test_a_version_that_changes_meanwhile_ends_the_run(shelf: Shelf, seer: Seer) -> None:
    for n, colour in enumerate(["red", "orange", "blue"] * 2):
        shelf.photo(f"{n}.jpg", colour)
    stored = keep(shelf, COLOURS)
    newer: list[StoredTaxonomy] = []

    def meanwhile(done: int, total: int | None, word: str) -> None:
        if word.startswith("Assigning") and not newer:
            newer.append(keep(shelf, replace(COLOURS, threshold=0.6)))
            assigning(shelf, seer).assign(newer[0])

    with pytest.raises(ConflictError, match="changed while items were assigned"):
        assigning(shelf, seer, block_rows=2, progress=meanwhile).assign(stored)
    assert assigning(shelf, seer).foresee(newer[0].taxonomy, newer[0]).n_changed == 0
