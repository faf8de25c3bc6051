"""What is kept of filters says what SQL says, whatever was done to the gallery since."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from search.adapters.sql import SqlCatalogue
from search.domain.arrays import IdArray
from search.domain.category import Verdict
from search.domain.column import Column
from search.domain.facet import FacetCount
from search.domain.gallery import Gallery
from search.domain.indexing import ViewRows
from search.errors import UsageError
from search.filter_cache import FilterCache
from search.filters.ast import (
    And,
    Filter,
    HasAttribute,
    HasTag,
    InCategory,
    ItemIs,
    KindIs,
    Not,
    NumberWithin,
    Or,
    PathMatches,
    TextIs,
)
from search.generations import FileDigest, Generation, GenerationIdentity, Manifest
from search.loading import joined
from search.ports.catalogue import Snapshot
from search.state import Among, SearchState, Tail
from tests.catalogue.pictures import OTHER_SPACE, SPACE, Shelf, product, text
from tests.catalogue.test_moves import move
from tests.catalogue.test_tags import tag, untag
from tests.catalogue.test_taxonomies import begin, decide, guess, keep
from tests.categories.trees import things

N_PHOTOS = 10
STEPS = pytest.mark.parametrize("n_steps", [25, pytest.param(80, marks=pytest.mark.acceptance)])
PATHS = things().paths()
TREES = ["things", "a: b"]
CAMERAS = ["Leica", "leica", "LEICA", "Élan", "élan", "Canon", ""]
DATES = ["2023-11-30T08:00:00Z", "2023-12", "2024-05-01T23:00:00+02:00", "2022", ""]
FACETS = ["category", "tag", "year", "camera", "kind", "month", "price"]
PRICES = [None, 0.0, -0.0, 0.1 + 0.2, 0.3, 1.0, 2.0, -1e300, math.inf]
FILTERS: list[Filter] = [
    HasTag("red"),
    Not(HasTag("red")),
    And((HasTag("red"), NumberWithin("price", 1.0, None))),
    Or((HasTag("blue"), Not(Or((HasTag("red"), TextIs("camera", "leica")))))),
    And((KindIs("photo"), Not(HasAttribute("price")))),
    Or(()),
    And(()),
    Not(And(())),
    PathMatches("moved"),
    And((PathMatches("*.jpg"), Not(ItemIs(3)))),
    InCategory(PATHS[0]),
    InCategory.of_taxonomy(TREES[1], PATHS[1]),
    And((Not(InCategory(PATHS[0])), HasTag("blue"))),
]


def any_range(chance: random.Random) -> NumberWithin:
    """Of prices, with bounds that are some of them or lie just beside one."""
    low, high = (chance.choice([*PRICES, math.nan, 0.30000000000000001]) for _ in range(2))
    return NumberWithin("price", low, high, chance.random() < 0.5, chance.random() < 0.5)


def generation_of(snapshot: Snapshot, gallery: Gallery, n_rows: int) -> Generation:
    """Of the first views that can be found now, in any order; it stays as it is whatever is done
    later."""
    rows = joined(snapshot.view_rows(gallery.id, SPACE.id), SPACE.dim)
    kept = np.lexsort((rows.view_ids, rows.item_ids))[:n_rows]
    order = np.random.default_rng(n_rows).permutation(len(kept))
    kept = kept[order]
    identity = GenerationIdentity(gallery.id, gallery.epoch, SPACE.id, SPACE.dim, 1)
    manifest = Manifest(identity, len(kept), "test", {"x": FileDigest(0, "")})
    return Generation(
        Path("nowhere"),
        manifest,
        "",
        rows.vectors[kept],
        rows.view_ids[kept],
        rows.item_ids[kept],
        np.argsort(order),
    )


def state_of(
    snapshot: Snapshot, gallery: Gallery, generation: Generation | None, number: int
) -> SearchState:
    """All views that can be found and are not in the generation are in the tail."""
    nothing: IdArray = np.empty(0, np.int64)
    rows = joined(snapshot.view_rows(gallery.id, SPACE.id), SPACE.dim)
    inside = nothing if generation is None else generation.view_ids
    outside = ~np.isin(rows.view_ids, inside)
    tail = ViewRows(rows.view_ids[outside], rows.item_ids[outside], rows.vectors[outside])
    return SearchState(
        gallery_id=gallery.id,
        epoch=gallery.epoch,
        space_id=SPACE.id,
        revision=gallery.revision,
        generation_id=number,
        generation=generation,
        index=None,
        overlay=nothing,
        allowed=None,
        tail=Tail.of(tail),
    )


def told(among: Among) -> tuple[list[int] | None, list[int]]:
    rows = None if among.rows is None else among.rows.numbers.tolist()
    return rows, among.tail.numbers.tolist()


@dataclass
class History:
    """Random things done to a gallery of some photos."""

    shelf: Shelf
    seed: int

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        for at in range(N_PHOTOS):
            self.shelf.photo(f"{at}.jpg", f"{self.seed}-{at}")
        self.shelf.store(*product(self.shelf.root, "shoe", ["left", "right", "box"]))
        self.shelf.store(*product(self.shelf.root, "hat", ["hat", "band"]))
        with self.shelf.catalogue.reading() as snapshot:
            self.items = [item.id for item in snapshot.list_items(self.shelf.gallery.id)]
        self.trees = [keep(self.shelf, replace(things(), name=name)) for name in TREES]
        with self.shelf.catalogue.writing(self.shelf.gallery.id) as work:
            for space in (OTHER_SPACE, SPACE):
                work.add_space(space)
            work.commit()

    def step(self) -> None:
        chance, shelf = self.chance, self.shelf
        item, name = chance.choice(self.items), chance.choice(["red", "blue"])
        path, at = chance.choice(list(shelf.known())), chance.randrange(N_PHOTOS)
        which = chance.randrange(len(TREES))
        tree = self.trees[which]
        category = chance.choice(list(tree.category_ids))
        match chance.randrange(13):
            case 0:
                tag(shelf, item, name)
            case 1:
                untag(shelf, item, name)
            case 2:
                shelf.miss(path)
            case 3:
                facts = {
                    "price": text("some", chance.choice(PRICES)),
                    "camera": text(chance.choice(CAMERAS)),
                    "taken_at": text(chance.choice(DATES)),
                }
                shelf.photo(f"{at}.jpg", f"{self.seed}-{chance.randrange(99)}", attributes=facts)
            case 4:
                guess(shelf, tree, (item, category, 0.5, chance.random() < 0.7))
            case 5:
                decide(shelf, tree, item, category, chance.choice(list(Verdict)))
            case 6 if path.endswith(f"{at}.jpg") and "/" not in path:
                move(shelf, (path, f"moved-{chance.randrange(10**6)}.jpg"))
            case 7:
                with shelf.catalogue.writing(shelf.gallery.id) as work:
                    work.delete_items([item])
                    work.commit()
            case 8:
                with shelf.catalogue.writing(shelf.gallery.id) as work:
                    work.restore_items(self.items)
                    work.commit()
            case 9:
                whole = things(chance.choice(["single", "multi"]))
                kept = tuple(one for one in whole.categories if chance.random() < 0.8)
                changed = replace(whole, name=TREES[which], categories=kept or whole.categories)
                self.trees[which] = keep(shelf, changed)
            case 10:
                space = chance.choice([SPACE, OTHER_SPACE])
                with shelf.catalogue.writing(shelf.gallery.id) as work:
                    work.activate_space(space.id)
                    work.commit()
            case 11:
                begin(shelf, tree, chance.choice(["v1", "v2"]))
            case _:
                with shelf.catalogue.writing(shelf.gallery.id) as work:
                    work.set_taxonomy_active(tree.id, chance.random() < 0.6)
                    work.commit()


@STEPS
@pytest.mark.parametrize("seed", range(3))
def test_any_history_leaves_what_sql_says(shelf: Shelf, seed: int, n_steps: int) -> None:
    history, cache = History(shelf, seed), FilterCache()
    for at in range(n_steps):
        history.step()
        if at % 7 == 0:
            n_rows = history.chance.randrange(1, 12)
            with shelf.catalogue.reading() as snapshot:
                generation = generation_of(snapshot, snapshot.gallery("default"), n_rows)
        ranges = [any_range(history.chance) for _ in range(3)]
        for where in (*history.chance.sample(FILTERS, 6), *ranges, Not(Or(tuple(ranges)))):
            with shelf.catalogue.reading() as snapshot:
                gallery = snapshot.gallery("default")
                # Its files may be unusable for a while: then all is in the tail.
                usable = generation if history.chance.random() < 0.8 else None
                state = state_of(snapshot, gallery, usable, number=at // 7)
                plainly = told(state.views(snapshot.matching_items(gallery.id, where)))
                for _ in range(2):
                    assert told(cache.views(snapshot, gallery, state, where)) == plainly, where


@STEPS
@pytest.mark.parametrize("seed", range(3, 5))
def test_any_history_divides_as_sql_says(shelf: Shelf, seed: int, n_steps: int) -> None:
    history, cache = History(shelf, seed), FilterCache()
    for _ in range(n_steps):
        history.step()
        for where in (*history.chance.sample(FILTERS, 2), any_range(history.chance)):
            keys = history.chance.sample(FACETS, 5)
            limit = history.chance.choice([1, 2, 20])
            with shelf.catalogue.reading() as snapshot:
                gallery = snapshot.gallery("default")
                plainly = snapshot.facet_counts(gallery.id, where, keys, limit)
                for _ in range(2):
                    found = cache.facet_counts(snapshot, gallery, where, keys, limit)
                    assert found == plainly, where


class Counting:
    """A snapshot that counts which filters are asked of it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.asked: list[tuple[Filter | str, int | None]] = []

    def matching_items(
        self, gallery_id: int, where: Filter, *, among: IdArray | None = None
    ) -> IdArray:
        self.asked.append((where, None if among is None else len(among)))
        return self._snapshot.matching_items(gallery_id, where, among=among)

    def number_column(self, gallery_id: int, key: str, *, among: IdArray | None = None) -> Column:
        self.asked.append((key, None if among is None else len(among)))
        return self._snapshot.number_column(gallery_id, key, among=among)

    def facet_column(self, gallery_id: int, key: str, *, among: IdArray | None = None) -> Column:
        self.asked.append((key, None if among is None else len(among)))
        return self._snapshot.facet_column(gallery_id, key, among=among)

    def facet_counts(
        self, gallery_id: int, where: Filter, keys: Sequence[str], limit: int
    ) -> tuple[int, Mapping[str, Sequence[FacetCount]]]:
        self.asked += [(where, None), *((key, None) for key in keys)]
        return self._snapshot.facet_counts(gallery_id, where, keys, limit)

    def stamped_items(self, gallery_id: int, since: int, limit: int) -> IdArray:
        return self._snapshot.stamped_items(gallery_id, since, limit)


def test_a_condition_is_kept_once_it_is_asked_again_and_then_only_changes_are_asked_about(
    shelf: Shelf,
) -> None:
    history, cache = History(shelf, 1), FilterCache()
    red, blue = HasTag("red"), HasTag("blue")
    tag(shelf, history.items[0], "red", "blue")

    def asked(where: Filter) -> list[tuple[Filter | str, int | None]]:
        with shelf.catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            counting = Counting(snapshot)
            state = state_of(snapshot, gallery, generation_of(snapshot, gallery, 6), 1)
            cache.views(counting, gallery, state, where)  # type: ignore[arg-type]
            return counting.asked

    assert asked(And((red, blue))) == [(And((red, blue)), None)]
    assert asked(And((red, blue))) == [(red, None), (blue, None)]
    assert asked(Or((blue, red))) == []
    tag(shelf, history.items[1], "red")
    assert asked(red) == [(red, 1)]
    assert asked(red) == []


def test_a_second_range_of_an_attribute_reads_its_numbers_and_no_later_one_asks(
    shelf: Shelf,
) -> None:
    history, cache = History(shelf, 1), FilterCache()
    shelf.photo("1.jpg", "dear", attributes={"price": text("40", 40.0)})

    def asked(where: Filter) -> list[tuple[Filter | str, int | None]]:
        with shelf.catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            counting = Counting(snapshot)
            state = state_of(snapshot, gallery, generation_of(snapshot, gallery, 6), 1)
            found = cache.views(counting, gallery, state, where)  # type: ignore[arg-type]
            plainly = state.views(snapshot.matching_items(gallery.id, where))
            assert told(found) == told(plainly)
            return counting.asked

    first, second = NumberWithin("price", 0.0, 30.0), NumberWithin("price", 20.0, 50.0)
    assert asked(first) == [(first, None)]
    assert asked(second) == [("price", None)]
    assert asked(Or((NumberWithin("price", None, 39.0), NumberWithin("price", 41.0, None)))) == []
    shelf.photo("2.jpg", "cheap", attributes={"price": text("20", 20.0)})
    assert asked(NumberWithin("price", 5.0, 20.0)) == [("price", 1)]
    assert asked(second) == [(second, 1)]
    tag(shelf, history.items[0], "red")
    assert asked(NumberWithin("price", 5.0, 21.0)) == [("price", 1)]


def test_facets_are_counted_from_columns_once_they_are_asked_again(shelf: Shelf) -> None:
    history, cache, red = History(shelf, 1), FilterCache(), HasTag("red")
    tag(shelf, history.items[0], "red", "blue")

    def asked(where: Filter, *keys: str) -> list[tuple[Filter | str, int | None]]:
        with shelf.catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            counting = Counting(snapshot)
            found = cache.facet_counts(counting, gallery, where, keys, 20)  # type: ignore[arg-type]
            assert found == snapshot.facet_counts(gallery.id, where, keys, 20)
            return counting.asked

    assert asked(red, "tag", "year") == [(red, None), ("tag", None), ("year", None)]
    assert asked(red, "tag", "month") == [("tag", None), ("month", None), (red, None)]
    assert asked(red, "tag", "month", "kind") == [(red, None), ("kind", None), (red, None)]
    assert asked(Or((red, red)), "tag", "year", "month") == []
    tag(shelf, history.items[1], "red")
    assert asked(red, "tag") == [("tag", 1), (red, 1)]
    assert asked(red) == [(red, None)]


def test_columns_too_large_to_be_kept_are_asked_of_sql(shelf: Shelf) -> None:
    cache, where = FilterCache(most_bytes=4), NumberWithin("price", 0.0, 30.0)
    shelf.photo("1.jpg", "cheap", attributes={"price": text("20", 20.0)})
    with shelf.catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        state = state_of(snapshot, gallery, None, 1)
        for _ in range(4):
            assert told(cache.views(snapshot, gallery, state, where)) == (None, [0])
            n_items, counts = cache.facet_counts(snapshot, gallery, where, ["kind"], 20)
            assert (n_items, counts["kind"]) == (1, [FacetCount("photo", 1)])


def test_a_kept_condition_is_of_one_gallery_alone(shelf: Shelf) -> None:
    """An epoch ends where a database is put back, and revisions begin again."""
    history, cache, red = History(shelf, 1), FilterCache(), HasTag("red")
    tag(shelf, history.items[0], "red")
    with shelf.catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        generation = generation_of(snapshot, gallery, 6)
        for _ in range(2):
            cache.views(snapshot, gallery, state_of(snapshot, gallery, generation, 1), red)
        other = replace(gallery, epoch="another")
        counting = Counting(snapshot)
        state = state_of(snapshot, other, generation, 1)
        cache.views(counting, other, state, red)  # type: ignore[arg-type]
    assert counting.asked == [(red, None)]


def test_an_older_reading_is_answered_as_of_its_time(
    shelf: Shelf, open_again: Callable[[], SqlCatalogue]
) -> None:
    history, cache, red = History(shelf, 1), FilterCache(), HasTag("red")
    with open_again().reading() as older:
        before = older.gallery("default")
        tag(shelf, history.items[0], "red")
        with shelf.catalogue.reading() as newer:
            now = newer.gallery("default")
            generation = generation_of(newer, now, 6)
            for _ in range(2):
                found = cache.views(newer, now, state_of(newer, now, generation, 1), red)
            own_rows = np.flatnonzero(generation.item_ids == history.items[0]).tolist()
            assert told(found) == (own_rows, [])
        state = state_of(older, before, generation, 1)
        assert told(cache.views(older, before, state, red)) == ([], [])
    with shelf.catalogue.reading() as newer:
        found = cache.views(newer, now, state_of(newer, now, generation, 1), red)
        assert told(found) == (own_rows, [])


def test_an_older_reading_is_told_of_columns_as_of_its_time(
    shelf: Shelf, open_again: Callable[[], SqlCatalogue]
) -> None:
    history, cache, cheap = History(shelf, 1), FilterCache(), NumberWithin("price", None, 5.0)
    with open_again().reading() as older:
        before = older.gallery("default")
        tag(shelf, history.items[0], "red")
        shelf.photo("1.jpg", "cheap", attributes={"price": text("2", 2.0)})
        with shelf.catalogue.reading() as newer:
            now = newer.gallery("default")
            for where in (cheap, And(()), cheap):
                found = cache.facet_counts(newer, now, where, ["tag", "price"], 20)
        assert found == newest_counts(shelf, cheap)
        for where in (cheap, And(())):
            plainly = older.facet_counts(before.id, where, ["tag", "price"], 20)
            assert cache.facet_counts(older, before, where, ["tag", "price"], 20) == plainly
        assert plainly[1] == {"tag": [], "price": []}
    with shelf.catalogue.reading() as newer:
        found = cache.facet_counts(newer, now, cheap, ["tag", "price"], 20)
    assert found == newest_counts(shelf, cheap) == (1, {"tag": [], "price": [FacetCount("2", 1)]})


def newest_counts(shelf: Shelf, where: Filter) -> tuple[int, Mapping[str, Sequence[FacetCount]]]:
    with shelf.catalogue.reading() as snapshot:
        return snapshot.facet_counts(shelf.gallery.id, where, ["tag", "price"], 20)


def test_what_was_not_asked_for_longest_goes_where_room_is_short(shelf: Shelf) -> None:
    history, cache = History(shelf, 1), FilterCache(most_bytes=2_600)
    for name in ("red", "blue", "green"):
        tag(shelf, history.items[0], name)
    with shelf.catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        state = state_of(snapshot, gallery, generation_of(snapshot, gallery, 6), 1)
        for name in ("red", "red", "blue", "blue", "red", "green", "green"):
            cache.views(snapshot, gallery, state, HasTag(name))
        counting = Counting(snapshot)
        for name in ("green", "red", "blue"):
            cache.views(counting, gallery, state, HasTag(name))  # type: ignore[arg-type]
    assert counting.asked == [(HasTag("blue"), None)]


def test_an_unreasonable_filter_is_refused_each_time(shelf: Shelf) -> None:
    History(shelf, 1)
    cache, where = FilterCache(), And((HasTag("red"),) * 600)
    with shelf.catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        state = state_of(snapshot, gallery, generation_of(snapshot, gallery, 6), 1)
        for _ in range(2):
            cache.views(snapshot, gallery, state, HasTag("red"))
            with pytest.raises(UsageError, match="conditions"):
                cache.views(snapshot, gallery, state, where)
