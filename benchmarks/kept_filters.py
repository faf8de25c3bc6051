"""What filters and facets cost before an answer: asked of SQL, kept, and kept after a change.

    python -m benchmarks.kept_filters                    100,000 views, SQLite
    python -m benchmarks.kept_filters --views 1000000

`sql_ms` is what SQL takes, and the first question still; `keeping_ms` the question from which on
something is kept; `kept_ms` any later one; `changed_ms` the first one after another process has
tagged an item. `new_ms` is of a filter that was never asked for: of another range of the same
attribute, or of facets that other filters were divided by before. Whatever is kept is compared
with what SQL says, and a difference ends the run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from api.facets import KEYS, MOST_CATEGORIES
from benchmarks.service_gallery import photo_gallery
from search.bootstrap import open_catalogue, open_generation_store, open_index_builder
from search.categories.taxonomy import Category, Taxonomy
from search.domain.category import GuessRows
from search.domain.facet import FacetCount
from search.domain.item import TagOrigin
from search.filter_cache import FilterCache
from search.filters.ast import And, Filter
from search.filters.parser import parse_filter
from search.filters.printer import to_text
from search.loading import StateLoader
from search.ports.catalogue import Catalogue
from search.settings import Settings
from search.state import SearchState

MODEL = "tiny"
FILTERS = (
    "tag:chosen",
    'camera:"Camera 3"',
    "taken:>=2020",
    'category:"group 3"',
    "-tag:chosen",
    'taken:>=2020 camera:"Camera 3" -tag:chosen',
)
RANGES = ("taken:2016", "taken:>=2020", "taken:2017..2023")
DIVIDED = ("", "tag:chosen", "taken:>=2020", 'category:"group 3"')
N_GROUPS, N_BELOW = 10, 10
N_AT_ONCE = 20_000
SEED = 20_240_301

Made = TypeVar("Made")
Told = tuple[list[int], list[int]]
Counts = tuple[int, Mapping[str, Sequence[FacetCount]]]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--views", type=int, default=100_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="keep the gallery here")
    chosen = parser.parse_args(arguments)
    with photo_gallery(chosen.home, MODEL, chosen.data, chosen.views) as settings:
        catalogue = open_catalogue(settings)
        _categorise(catalogue)
        gallery = _Gallery(settings, catalogue)
        for text in FILTERS:
            _print(filter=text, **_measured(gallery, text))
        for text in RANGES:
            _print(range=text, **_measured_range(gallery, text))
        for text in DIVIDED:
            _print(facets_of=text or "all", **_measured_facets(gallery, text))
        catalogue.close()


def _print(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


def _measured(gallery: _Gallery, text: str) -> dict[str, float]:
    where, cache = parse_filter(text), FilterCache()
    plain, sql_ms = gallery.views(cache, where)
    _, keeping_ms = gallery.views(cache, where)
    kept, kept_ms = _best(lambda: gallery.views(cache, where))
    _require_same(text, plain, kept)
    gallery.change()
    _, changed_ms = _checked(gallery.views, cache, where)
    return {
        "rows": len(kept[0]),
        "sql_ms": sql_ms,
        "keeping_ms": keeping_ms,
        "kept_ms": kept_ms,
        "changed_ms": changed_ms,
    }


def _measured_range(gallery: _Gallery, text: str) -> dict[str, float]:
    """Of a range that was never asked for, after two others of its attribute were."""
    where, cache = parse_filter(text), FilterCache()
    plain, sql_ms = gallery.views(FilterCache(), where)
    gallery.views(cache, parse_filter("taken:>=2018"))
    _, keeping_ms = gallery.views(cache, parse_filter("taken:>=2019"))
    found, new_ms = gallery.views(cache, where)
    _require_same(text, plain, found)
    gallery.change()
    _, changed_ms = _checked(gallery.views, cache, parse_filter("taken:<2022"))
    return {
        "rows": len(found[0]),
        "sql_ms": sql_ms,
        "keeping_ms": keeping_ms,
        "new_ms": new_ms,
        "changed_ms": changed_ms,
    }


def _measured_facets(gallery: _Gallery, text: str) -> dict[str, float]:
    where, cache = parse_filter(text) or And(()), FilterCache()
    plain, sql_ms = gallery.facets(cache, where)
    _, keeping_ms = gallery.facets(cache, where)
    gallery.facets(cache, where)
    kept, kept_ms = _best(lambda: gallery.facets(cache, where))
    _require_same(text, plain, kept)
    _, new_ms = _checked(gallery.facets, cache, parse_filter('camera:"Camera 4" -tag:chosen'))
    gallery.change()
    _, changed_ms = _checked(gallery.facets, cache, where)
    return {
        "items": kept[0],
        "sql_ms": sql_ms,
        "keeping_ms": keeping_ms,
        "kept_ms": kept_ms,
        "new_ms": new_ms,
        "changed_ms": changed_ms,
    }


def _checked(
    ask: Callable[[FilterCache, Filter], tuple[Made, float]], cache: FilterCache, where: Filter
) -> tuple[Made, float]:
    """What is answered from a cache and its milliseconds; it has to be what SQL says."""
    found, took_ms = ask(cache, where)
    _require_same(to_text(where), ask(FilterCache(), where)[0], found)
    return found, took_ms


def _best(asked: Callable[[], tuple[Made, float]]) -> tuple[Made, float]:
    return min((asked() for _ in range(5)), key=lambda one: one[1])


def _require_same(text: str, plain: object, kept: object) -> None:
    if plain != kept:
        raise SystemExit(f"What is kept of {text!r} is not what SQL says.")


class _Gallery:
    """The gallery as one searcher sees it, asked with any cache of filters."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        loader = StateLoader(open_generation_store(settings), open_index_builder(settings))
        with catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            [space] = snapshot.spaces(gallery.id)
            self._state: SearchState = loader.load(snapshot, gallery, space, without=False)

    def change(self) -> None:
        """Tag an item in another transaction, and catch up with it."""
        state = self._state
        with self._catalogue.writing(state.gallery_id) as work:
            work.add_tags([1], [f"changed at {state.revision}"], origin=TagOrigin.PERSON)
            work.commit()
        with self._catalogue.reading() as snapshot:
            changes = snapshot.changes(state.gallery_id, state.space_id, state.revision)
        self._state = state.advanced(changes)

    def views(self, cache: FilterCache, where: Filter) -> tuple[Told, float]:
        """The rows of the generation and of the tail that are left, and the milliseconds until
        they were known."""
        with self._catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            began = time.perf_counter()
            among = cache.views(snapshot, gallery, self._state, where)
            took_ms = _since(began)
        rows = [] if among.rows is None else among.rows.numbers.tolist()
        return (rows, among.tail.numbers.tolist()), took_ms

    def facets(self, cache: FilterCache, where: Filter) -> tuple[Counts, float]:
        """Counts as the page asks for them, and their milliseconds."""
        with self._catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            began = time.perf_counter()
            counts = cache.facet_counts(snapshot, gallery, where, KEYS, MOST_CATEGORIES)
            return counts, _since(began)


def _since(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 2)


def _categorise(catalogue: Catalogue) -> None:
    """Put each item into one of a hundred categories, in ten groups, where none is yet."""
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        if gallery.active_space_id is None or snapshot.taxonomies(gallery.id):
            return
        items = snapshot.matching_items(gallery.id, And(()))
    with catalogue.writing(gallery.id) as work:
        stored = work.store_taxonomy(_drawn_taxonomy())
        coverage = work.begin_guessing(stored.id, gallery.active_space_id, "drawn")
        work.commit()
    below = [number for path, number in stored.category_ids.items() if "/" in path]
    drawn = np.random.default_rng(SEED).choice(np.array(below, np.int64), len(items))
    for start in range(0, len(items), N_AT_ONCE):
        part: Any = slice(start, start + N_AT_ONCE)
        some, n = items[part], len(items[part])
        rows = GuessRows(some, drawn[part], np.full(n, 0.9, np.float32), np.ones(n, bool))
        with catalogue.writing(gallery.id) as work:
            work.store_guesses(coverage, some, rows)
            work.commit()


def _drawn_taxonomy() -> Taxonomy:
    groups = []
    for name in (f"group {at}" for at in range(N_GROUPS)):
        below = tuple(Category(f"{name}/sort {at}", (f"sort {at}",)) for at in range(N_BELOW))
        groups.append(Category(name, children=below))
    return Taxonomy("drawn", tuple(groups))


if __name__ == "__main__":
    main()
