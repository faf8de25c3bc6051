"""Which views a filter leaves: its conditions are kept as sets, and put together for each query.

SQL says which items meet a condition, once; from then on only the items that were stamped since
are asked about. The items are a roaring bitmap, their rows in the generation a `RowSet`, which a
search takes as it is. What SQL would say is what the sets say, at any revision.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from threading import Lock
from typing import TypeVar

import numpy as np
from pyroaring import BitMap64

from search.domain.arrays import IdArray
from search.domain.gallery import Gallery
from search.domain.rowset import RowSet
from search.filters.ast import And, Filter, InCategory, Not, Or
from search.filters.limits import require_reasonable
from search.ports.catalogue import Snapshot
from search.state import Among, SearchState, rows_of_items

_EVERYTHING = And(())
_Key = tuple[int, str, str | None, Filter]
_Set = TypeVar("_Set", RowSet, BitMap64)
_MOST_BYTES = 2**26
_MOST_SEEN = 4_096
_MOST_CHANGED = 20_000
"""Where more items were stamped, a condition is asked about anew."""


@dataclass(frozen=True, slots=True)
class _Met:
    """Which items meet a condition, at one revision, and their rows in one generation, if any."""

    revision: int
    items: BitMap64
    generation_id: int | None
    rows: RowSet

    @property
    def n_bytes(self) -> int:
        """About what is held; a roaring bitmap takes at most two bytes for each id in a range."""
        return 1_000 + 2 * len(self.items) + min(8 * self.rows.n_rows, self.rows.n_all // 8)


class FilterCache:
    """The conditions of one gallery's filters; any number of threads may ask at once.

    A filter is first answered by SQL as a whole, where the database chooses what to look at first;
    its conditions are kept when they are asked for again.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[_Key, _Met] = OrderedDict()
        self._n_bytes = 0
        self._seen: OrderedDict[_Key, int] = OrderedDict()

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
        keys = {condition: _key(condition, gallery) for condition in _conditions(where)}
        if not self._are_worth_keeping(keys, gallery):
            return state.views(snapshot.matching_items(gallery.id, where))
        stamped = _Stamped(snapshot, gallery)
        met = {
            condition: self._met(key, condition, stamped, state) for condition, key in keys.items()
        }
        rows = None
        if state.generation is not None:
            # In a form of their own, so that what is made of them goes with this query.
            of_each = {one: found.rows.compact() for one, found in met.items()}
            rows = state.counted(_combined(where, of_each))
        return Among(rows, _in_tail(state, where, met))

    def _are_worth_keeping(self, keys: Mapping[Filter, _Key], gallery: Gallery) -> bool:
        """Whether each was asked for before; remembers that they are asked for."""
        with self._lock:
            known = all(
                self._seen.get(key) == gallery.revision
                if isinstance(condition, InCategory)
                else key in self._seen
                for condition, key in keys.items()
            )
            for key in keys.values():
                self._seen[key] = gallery.revision
                self._seen.move_to_end(key)
            while len(self._seen) > _MOST_SEEN:
                self._seen.popitem(last=False)
        return known

    def _met(self, key: _Key, condition: Filter, stamped: _Stamped, state: SearchState) -> _Met:
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        met = _advanced(known, condition, stamped, state)
        if met is not known:
            self._keep(key, met)
        return met

    def _keep(self, key: _Key, met: _Met) -> None:
        with self._lock:
            before = self._kept.get(key)
            if before is not None and before.revision > met.revision:
                return
            self._n_bytes += met.n_bytes - (0 if before is None else before.n_bytes)
            self._kept[key] = met
            self._kept.move_to_end(key)
            while self._n_bytes > self._most_bytes and len(self._kept) > 1:
                self._n_bytes -= self._kept.popitem(last=False)[1].n_bytes


class _Stamped:
    """What has changed in a gallery, asked for once for all conditions of the same revision."""

    def __init__(self, snapshot: Snapshot, gallery: Gallery) -> None:
        self.snapshot = snapshot
        self.gallery = gallery
        self._since: dict[int, IdArray | None] = {}

    def since(self, revision: int) -> IdArray | None:
        """The items stamped after a revision, ascending; None where they are too many, or not all
        of them are there to be told."""
        gallery = self.gallery
        if not gallery.pruned_below <= revision <= gallery.revision:
            return None
        if revision == gallery.revision:
            return np.empty(0, np.int64)
        if revision not in self._since:
            found = self.snapshot.stamped_items(gallery.id, revision, limit=_MOST_CHANGED + 1)
            self._since[revision] = np.sort(found) if len(found) <= _MOST_CHANGED else None
        return self._since[revision]


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


def _key(condition: Filter, gallery: Gallery) -> _Key:
    """What a condition is kept under. An item's categories depend on the active space, too."""
    space_id = gallery.active_space_id if isinstance(condition, InCategory) else None
    return gallery.id, gallery.epoch, space_id, condition


def _advanced(known: _Met | None, condition: Filter, stamped: _Stamped, state: SearchState) -> _Met:
    """What is known, brought to the snapshot's revision and the state's generation."""
    gallery, snapshot = stamped.gallery, stamped.snapshot
    number = None if state.generation is None else state.generation_id
    changed = None if known is None else stamped.since(known.revision)
    # Taxonomies change without every item's being stamped: then stamps do not tell all.
    tells_all = not isinstance(condition, InCategory)
    if known is None or changed is None or not (tells_all or known.revision == gallery.revision):
        items = _bitmap(snapshot.matching_items(gallery.id, condition))
        return _Met(gallery.revision, items, number, _rows(state, items))
    if known.revision == gallery.revision and known.generation_id == number:
        return known
    items, rows, fresh = known.items, known.rows, changed
    if len(changed):
        fresh = snapshot.matching_items(gallery.id, condition, among=changed)
        items = (items - _bitmap(changed)) | _bitmap(fresh)
    if known.generation_id != number:
        rows = _rows(state, items)
    elif len(changed) and state.generation is not None:
        n_all, item_ids = len(state.generation), state.generation.item_ids
        before = RowSet.of_numbers(rows_of_items(item_ids, changed), n_all)
        after = RowSet.of_numbers(rows_of_items(item_ids, fresh), n_all)
        rows = ((rows - before) | after).compact()
    return _Met(gallery.revision, items, number, rows)


def _rows(state: SearchState, items: BitMap64) -> RowSet:
    if state.generation is None:
        return RowSet.none_of(0)
    numbers = rows_of_items(state.generation.item_ids, _ids(items))
    return RowSet.of_numbers(numbers, len(state.generation)).compact()


def _in_tail(state: SearchState, where: Filter, met: Mapping[Filter, _Met]) -> RowSet:
    """The places in the tail of the views of items that a filter matches."""
    n_tail = len(state.tail)
    if not n_tail:
        return RowSet.none_of(0)
    tail = _bitmap(state.tail.item_ids)
    items = _combined(where, {one: found.items & tail for one, found in met.items()})
    return RowSet.of_numbers(rows_of_items(state.tail.item_ids, _ids(items)), n_tail)


def _bitmap(item_ids: IdArray) -> BitMap64:
    # An array of Python's is what pyroaring takes many ids from at once.
    return BitMap64(array("Q", item_ids.astype(np.uint64).tobytes()))


def _ids(items: BitMap64) -> IdArray:
    return np.frombuffer(items.to_array(), np.uint64).astype(np.int64)
