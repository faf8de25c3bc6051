"""Columns read from the database hold what items say."""

from __future__ import annotations

import math
import random
import struct

import numpy as np

from search.domain.column import Column
from search.domain.facet import Spelling
from tests.catalogue.pictures import Shelf, text
from tests.catalogue.test_taxonomies import guess, keep
from tests.categories.trees import things

HARD = (0.1, 0.1 + 0.2, 1 / 3, -0.0, 5e-324, 1.4523142177899403e308, -1e23, math.inf, -math.inf)


def numbers_of(shelf: Shelf, *among: int) -> list[tuple[int, float]]:
    only = np.array(among, np.int64) if among else None
    with shelf.catalogue.reading() as snapshot:
        column = snapshot.number_column(shelf.gallery.id, "Price", among=only)
    return list(zip(column.item_ids.tolist(), column.values.tolist(), strict=True))


def test_numbers_are_read_to_the_last_bit(shelf: Shelf) -> None:
    chance = random.Random(1)
    drawn = struct.unpack("<300d", chance.randbytes(2_400))
    wanted = [*HARD, *(number for number in drawn if not math.isnan(number))]
    shelf.store(
        *(
            shelf.picture(f"{at}.jpg", str(at), attributes={"price": text("some", number)})
            for at, number in enumerate(wanted)
        )
    )
    assert [number for _, number in numbers_of(shelf)] == wanted


def test_only_numbers_of_live_items_are_read(shelf: Shelf) -> None:
    assert numbers_of(shelf) == []
    one, two, three, four = (
        shelf.photo(f"{at}.jpg", str(at), attributes={"price": text("some", number)})
        for at, number in enumerate([2.0, 1.0, None, 0.0])
    )
    shelf.miss("3.jpg")
    assert numbers_of(shelf) == [(one, 2.0), (two, 1.0)]
    assert numbers_of(shelf, two, three, four) == [(two, 1.0)]


def test_what_changed_is_replaced_in_a_column() -> None:
    before = Column.of(np.array([3, 1, 2]), np.array([0.3, 0.1, 0.2]))
    fresh = Column.of(np.array([70_000, 2]), np.array([7.0, 0.5]))
    after = before.replaced(np.array([2, 3, 70_000]), fresh)
    assert after.item_ids.tolist() == [1, 2, 70_000]
    assert after.values.tolist() == [0.1, 0.5, 7.0]
    assert (before.item_ids.dtype, after.item_ids.dtype) == (np.uint8, np.uint32)


def test_what_changed_has_new_names_in_a_column() -> None:
    leica, canon = Spelling("Leica", ("leica", "")), Spelling("Canon", ("canon", ""))
    before = Column.of(np.array([1, 2, 3]), np.array([0, 0, 0]), (leica,))
    fresh = Column.of(np.array([2, 3]), np.array([1, 0]), (leica, canon))
    after = before.replaced(np.array([2, 3]), fresh)
    assert after.counts() == {leica: 2, canon: 1}
    assert after.counts(np.array([1, 2])) == {leica: 1, canon: 1}
    gone = after.replaced(np.array([2]), Column.of(np.empty(0, np.int64), np.empty(0, np.int64)))
    assert gone.counts() == {leica: 2}


def test_an_item_is_once_in_each_category_above_its_own(shelf: Shelf) -> None:
    one, two = shelf.photo("1.jpg", "red"), shelf.photo("2.jpg", "blue")
    stored = keep(shelf, things("multi"))
    guess(shelf, stored, (one, "animals/dog", 0.9, True), (one, "animals/cat", 0.9, True))
    guess(shelf, stored, (two, "animals/dog", 0.9, True))
    with shelf.catalogue.reading() as snapshot:
        column = snapshot.facet_column(shelf.gallery.id, "category")
        only = snapshot.facet_column(shelf.gallery.id, "category", among=np.array([two]))
    counts = {(one.text, one.taxonomy): n for one, n in column.counts().items()}
    assert counts == {
        ("animals", "things"): 2,
        ("animals/cat", "things"): 1,
        ("animals/dog", "things"): 2,
    }
    assert {one.text: n for one, n in only.counts().items()} == {"animals": 1, "animals/dog": 1}
