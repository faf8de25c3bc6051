"""Which views a filter leaves: its conditions are kept as sets, and put together for each query.

SQL says which items meet a condition, once; from then on only the items that were stamped since
are asked about. The items are a roaring bitmap, their rows in the generation a `RowSet`, which a
search takes as it is. What SQL would say is what the sets say, at any revision.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from threading import Lock

import numpy as np
from pyroaring import BitMap64

from search.domain.arrays import IdArray
from search.domain.gallery import Gallery
from search.domain.rowset import RowSet
from search.filters.ast import And, Filter, InCategory, Not, Or
from search.ports.catalogue import Snapshot
from search.state import Among, SearchState, rows_of_items

_EVERYTHING = And(())
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
        """About what is held: the items take no more than the rows."""
        return 1_000 + 2 * min(8 * self.rows.n_rows, self.rows.n_all // 8)


class FilterCache:
    """The conditions of one gallery's filters; any number of threads may ask at once.

    A filter is first answered by SQL as a whole, where the database chooses what to look at first;
    its conditions are kept when they are asked for again.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._of: Hashable = None
        self._kept: OrderedDict[Hashable, _Met] = OrderedDict()
        self._seen: OrderedDict[Hashable, None] = OrderedDict()

    def among(
        self, snapshot: Snapshot, gallery: Gallery, state: SearchState, where: Filter
    ) -> Among:
        """The views of the items that the filter matches.

        Args:
            gallery, state: at the snapshot's revision.

        Raises:
            UsageError: as `Snapshot.matching_items` does.
        """
        conditions = {_key(one, gallery): one for one in _conditions(where)}
        if not self._have_seen(conditions, gallery):
            among = state.among(snapshot.matching_items(gallery.id, where))
            self._see(conditions)
            return among
        met = {
            one: self._met(key, one, snapshot, gallery, state) for key, one in conditions.items()
        }
        rows = None
        if state.generation is not None:
            rows = _combined(where, {one: found.rows for one, found in met.items()})
        tail = BitMap64(_unsigned(state.tail.item_ids))
        in_tail = {one: _in_tail(state, found.items & tail) for one, found in met.items()}
        return Among(rows, _combined(where, in_tail))

    def _have_seen(self, conditions: dict[Hashable, Filter], gallery: Gallery) -> bool:
        identity = (gallery.id, gallery.epoch)
        with self._lock:
            if self._of != identity:
                self._kept.clear()
                self._seen.clear()
                self._of = identity
            return all(key in self._kept or key in self._seen for key in conditions)

    def _see(self, keys: dict[Hashable, Filter]) -> None:
        with self._lock:
            for key in keys:
                self._seen[key] = None
            while len(self._seen) > _MOST_SEEN:
                self._seen.popitem(last=False)

    def _met(
        self,
        key: Hashable,
        condition: Filter,
        snapshot: Snapshot,
        gallery: Gallery,
        state: SearchState,
    ) -> _Met:
        with self._lock:
            known = self._kept.get(key)
        met = _advanced(known, condition, snapshot, gallery, state)
        self._keep(key, met)
        return met

    def _keep(self, key: Hashable, met: _Met) -> None:
        with self._lock:
            newer = self._kept.get(key)
            if newer is None or newer.revision <= met.revision:
                self._kept[key] = met
            self._kept.move_to_end(key)
            n_bytes = sum(one.n_bytes for one in self._kept.values())
            while n_bytes > self._most_bytes and len(self._kept) > 1:
                n_bytes -= self._kept.popitem(last=False)[1].n_bytes


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


def _combined(where: Filter, met: Mapping[Filter, RowSet]) -> RowSet:
    match where:
        case And(parts) if parts:
            return reduce(and_, (_combined(part, met) for part in parts))
        case Or(parts) if parts:
            return reduce(or_, (_combined(part, met) for part in parts))
        case Not(part):
            return met[_EVERYTHING] - _combined(part, met)
        case _:
            return met[where]


def _key(condition: Filter, gallery: Gallery) -> Hashable:
    """What a condition is kept under. What an item's categories are depends on the active space,
    too, and on its taxonomies, which change without every item's being stamped."""
    if isinstance(condition, InCategory):
        return condition, gallery.active_space_id, gallery.revision
    return condition


def _advanced(
    known: _Met | None, condition: Filter, snapshot: Snapshot, gallery: Gallery, state: SearchState
) -> _Met:
    """What is known, brought to the snapshot's revision and the state's generation."""
    changed = _changed(known, snapshot, gallery)
    if known is None or changed is None:
        items = _bitmap(snapshot.matching_items(gallery.id, condition))
        return _Met(gallery.revision, items, state.generation_id, _rows(state, items))
    if not len(changed):
        if known.generation_id == state.generation_id and known.revision == gallery.revision:
            return known
        items, fresh = known.items, changed
    else:
        fresh = snapshot.matching_items(gallery.id, condition, among=changed)
        items = (known.items - _bitmap(changed)) | _bitmap(fresh)
    rows = known.rows
    if known.generation_id != state.generation_id:
        rows = _rows(state, items)
    elif len(changed) and state.generation is not None:
        n_all, item_ids = len(state.generation), state.generation.item_ids
        before = RowSet.of_numbers(rows_of_items(item_ids, changed), n_all)
        after = RowSet.of_numbers(rows_of_items(item_ids, fresh), n_all)
        rows = ((rows - before) | after).compact()
    return _Met(gallery.revision, items, state.generation_id, rows)


def _changed(known: _Met | None, snapshot: Snapshot, gallery: Gallery) -> IdArray | None:
    """The items that may meet a condition now and did not, or the other way round, ascending;
    None where it has to be asked about anew."""
    if known is None or not gallery.pruned_below <= known.revision <= gallery.revision:
        return None
    if known.revision == gallery.revision:
        return np.empty(0, np.int64)
    changed = np.sort(snapshot.stamped_items(gallery.id, known.revision))
    return changed if len(changed) <= _MOST_CHANGED else None


def _rows(state: SearchState, items: BitMap64) -> RowSet:
    if state.generation is None:
        return RowSet.none_of(0)
    numbers = rows_of_items(state.generation.item_ids, _ids(items))
    return RowSet.of_numbers(numbers, len(state.generation)).compact()


def _in_tail(state: SearchState, items: BitMap64) -> RowSet:
    """The places in the tail of these items' views."""
    return RowSet.of_numbers(rows_of_items(state.tail.item_ids, _ids(items)), len(state.tail))


def _bitmap(item_ids: IdArray) -> BitMap64:
    return BitMap64(_unsigned(item_ids))


def _unsigned(item_ids: IdArray) -> array[int]:
    """As pyroaring takes many at once."""
    return array("Q", item_ids.astype(np.uint64).tobytes())


def _ids(items: BitMap64) -> IdArray:
    return np.frombuffer(items.to_array(), np.uint64).astype(np.int64)
