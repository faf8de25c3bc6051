"""Which views a filter leaves: its conditions are kept as sets, and put together for each query.
How the items divide is counted from columns.

What SQL would say is what the sets say, at any revision; `search/kept` brings them there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import TypeVar

from pyroaring import BitMap64

from search.domain.arrays import IdArray
from search.domain.column import Column
from search.domain.facet import FacetCount, Spelling, ranked
from search.domain.gallery import Gallery
from search.domain.rowset import RowSet
from search.filters.ast import And, Filter, InCategory, Not, NumberWithin, Or
from search.filters.limits import require_reasonable
from search.kept.columns import Columns, facet_key, number_key
from search.kept.conditions import Conditions, bitmap, ids_of
from search.kept.reading import Reading
from search.kept.store import Store
from search.ports.catalogue import Snapshot
from search.state import Among, SearchState

_EVERYTHING = And(())
_Set = TypeVar("_Set", RowSet, BitMap64)
_MOST_BYTES = 2**26


class FilterCache:
    """The conditions of one gallery's filters; any number of threads may ask at once.

    A filter is first answered by SQL as a whole, where the database chooses what to look at first;
    its conditions are kept when they are asked for again. Of a range it is enough that another one
    of the same attribute was asked for.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._store = Store(most_bytes)
        self._columns = Columns(self._store)
        self._conditions = Conditions(self._store, self._columns)

    def views(
        self, snapshot: Snapshot, gallery: Gallery, state: SearchState, where: Filter
    ) -> Among:
        """The views of the items that the filter matches.

        Args:
            gallery, state: at the snapshot's revision.

        Raises:
            UsageError: as `Snapshot.matching_items` does.
        """
        require_reasonable(where)
        reading = Reading(snapshot, gallery)
        keys = {condition: _key(condition, reading) for condition in _conditions(where)}
        items = self._items(keys, reading)
        if items is None:
            return state.views(snapshot.matching_items(gallery.id, where))
        rows = None
        if state.generation is not None:
            generation, number = state.generation, state.generation_id
            # In a form of their own, so that what is made of them goes with this query.
            of_each = {
                one: self._conditions.rows(key, items[one], reading, generation, number).compact()
                for one, key in keys.items()
            }
            rows = state.counted(_combined(where, of_each))
        return Among(rows, _in_tail(state, where, items))

    def facet_counts(
        self, snapshot: Snapshot, gallery: Gallery, where: Filter, keys: Sequence[str], limit: int
    ) -> tuple[int, Mapping[str, Sequence[FacetCount]]]:
        """What `Snapshot.facet_counts` says, of keys asked for again without asking it.

        Args:
            gallery: at the snapshot's revision.
        """
        require_reasonable(where)
        reading = Reading(snapshot, gallery)
        columns = self._facet_columns(keys, reading)
        rest = [key for key in keys if key not in columns]
        counts: dict[str, Sequence[FacetCount]] = {}
        if rest or not keys:
            n_items, of_rest = snapshot.facet_counts(gallery.id, where, rest, limit)
            counts |= of_rest
        if columns:
            matching = self._matching(where, reading)
            n_items, among = len(matching), None if where == _EVERYTHING else matching
            for key, column in columns.items():
                counts[key] = ranked(key, _as_facet(key, column.counts(among)), limit)
        return n_items, counts

    def _facet_columns(self, keys: Sequence[str], reading: Reading) -> dict[str, Column]:
        of_key = {key: "month" if key == "year" else key for key in keys}
        asked = {facet_key(facet, reading) for facet in of_key.values()}
        known = self._store.asked_before(asked)
        columns = {
            facet: self._columns.facet(facet, reading)
            for facet in dict.fromkeys(of_key.values())
            if facet_key(facet, reading) in known
        }
        found = {key: columns.get(facet) for key, facet in of_key.items()}
        return {key: column for key, column in found.items() if column is not None}

    def _matching(self, where: Filter, reading: Reading) -> IdArray:
        keys = {condition: _key(condition, reading) for condition in _conditions(where)}
        items = self._items(keys, reading)
        if items is None:
            return reading.snapshot.matching_items(reading.gallery.id, where)
        return ids_of(_combined(where, items))

    def _items(
        self, keys: Mapping[Filter, Hashable], reading: Reading
    ) -> dict[Filter, BitMap64] | None:
        """The items that meet each condition; None where one was not asked for before."""
        asked = {_asked_as(condition, key, reading) for condition, key in keys.items()}
        if self._store.asked_before(asked) < asked:
            return None
        return {one: self._conditions.items(key, one, reading) for one, key in keys.items()}


def _conditions(where: Filter) -> Iterator[Filter]:
    """What has to be known to tell what a filter matches, some more than once."""
    match where:
        case And(parts) | Or(parts) if parts:
            for part in parts:
                yield from _conditions(part)
        case Not(part):
            yield _EVERYTHING
            yield from _conditions(part)
        case _:
            yield where


def _combined(where: Filter, met: Mapping[Filter, _Set]) -> _Set:
    """What a filter leaves, put together of what its conditions leave."""
    match where:
        case And(parts) if parts:
            return reduce(and_, (_combined(part, met) for part in parts))
        case Or(parts) if parts:
            return reduce(or_, (_combined(part, met) for part in parts))
        case Not(part):
            return met[_EVERYTHING] - _combined(part, met)
        case _:
            return met[where]


def _key(condition: Filter, reading: Reading) -> Hashable:
    """What a condition is kept under."""
    gallery = reading.gallery
    basis = reading.category_basis if isinstance(condition, InCategory) else None
    return gallery.id, gallery.epoch, basis, condition


def _asked_as(condition: Filter, key: Hashable, reading: Reading) -> Hashable:
    """What has to be asked for again before a condition is kept."""
    if isinstance(condition, NumberWithin):
        return number_key(condition.key, reading)
    return key


def _as_facet(key: str, counts: Mapping[Spelling, int]) -> Mapping[Spelling, int]:
    """Counts of months as such of years."""
    if key != "year":
        return counts
    years: Counter[Spelling] = Counter()
    for month, n_items in counts.items():
        year = month.text[:4]
        years[Spelling(year, (year, ""))] += n_items
    return years


def _in_tail(state: SearchState, where: Filter, met: Mapping[Filter, BitMap64]) -> RowSet:
    """The places in the tail of the views of items that a filter matches."""
    n_tail = len(state.tail)
    if not n_tail:
        return RowSet.none_of(0)
    tail = bitmap(state.tail.item_ids)
    items = _combined(where, {one: items & tail for one, items in met.items()})
    return RowSet.of_numbers(state.tail.item_rows.of_items(ids_of(items)), n_tail)
