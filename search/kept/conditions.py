"""The items that meet a condition of a filter, and their rows in a generation.

SQL says which items meet a condition, or a column of numbers does where it is a range; from then
on only the items that were stamped since are asked about. The items are a roaring bitmap, their
rows a `RowSet`, which a search takes as it is: each is brought up to date when it is asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap64

from search.domain.arrays import IdArray
from search.domain.rowset import RowSet
from search.filters.ast import Filter, NumberWithin
from search.generations import Generation
from search.kept.columns import Columns, items_within
from search.kept.reading import Reading
from search.kept.store import Store

_FEW = 64
"""Where fewer than every 64th row is wanted, rows are looked up one by one."""


@dataclass(frozen=True, slots=True)
class _Items:
    revision: int
    items: BitMap64

    @property
    def n_bytes(self) -> int:
        """A roaring bitmap takes at most two bytes for each id in a range."""
        return 500 + 2 * len(self.items)


@dataclass(frozen=True, slots=True)
class _Rows:
    revision: int
    generation_id: int | None
    rows: RowSet

    @property
    def n_bytes(self) -> int:
        return 500 + min(8 * self.rows.n_rows, self.rows.n_all // 8)


class Conditions:
    """What meets conditions, kept in a store; each has a key there."""

    def __init__(self, store: Store, columns: Columns) -> None:
        self._store = store
        self._columns = columns

    def items(self, key: Hashable, condition: Filter, reading: Reading) -> BitMap64:
        """The live items that meet a condition, at the reading's revision."""
        gallery, snapshot = reading.gallery, reading.snapshot
        known = self._store.get(("items", key), _Items)
        changed = None if known is None else reading.stamped(known.revision)
        if known is None or changed is None:
            items = bitmap(self._found(condition, reading))
        elif known.revision == gallery.revision:
            return known.items
        elif not len(changed):
            items = known.items
        else:
            fresh = snapshot.matching_items(gallery.id, condition, among=changed)
            items = (known.items - bitmap(changed)) | bitmap(fresh)
        self._store.keep(("items", key), _Items(gallery.revision, items))
        return items

    def _found(self, condition: Filter, reading: Reading) -> IdArray:
        if isinstance(condition, NumberWithin):
            column = self._columns.numbers(condition.key, reading)
            if column is not None:
                return items_within(column, condition)
        return reading.snapshot.matching_items(reading.gallery.id, condition)

    def rows(
        self,
        key: Hashable,
        items: BitMap64,
        reading: Reading,
        generation: Generation,
        generation_id: int | None,
    ) -> RowSet:
        """The rows of the items that meet a condition at the reading's revision."""
        revision = reading.gallery.revision
        known = self._store.get(("rows", key), _Rows)
        changed = None
        if known is not None and known.generation_id == generation_id:
            changed = reading.stamped(known.revision)
        if known is None or changed is None:
            rows = _rows_of(generation, items)
        elif known.revision == revision:
            return known.rows
        elif not len(changed):
            rows = known.rows
        else:
            before = _few_rows(generation, changed)
            after = _few_rows(generation, ids_of(items & bitmap(changed)))
            rows = ((known.rows - before) | after).compact()
        self._store.keep(("rows", key), _Rows(revision, generation_id, rows))
        return rows


def _rows_of(generation: Generation, items: BitMap64) -> RowSet:
    ids = ids_of(items)
    if len(ids) * _FEW <= len(generation):
        return _few_rows(generation, ids).compact()
    return RowSet.of_mask(np.isin(generation.item_ids, ids)).compact()


def _few_rows(generation: Generation, item_ids: IdArray) -> RowSet:
    return RowSet.of_numbers(generation.item_rows.of_items(item_ids), len(generation))


def bitmap(item_ids: IdArray) -> BitMap64:
    """A set of ids."""
    # An array of Python's is what pyroaring takes many ids from at once.
    return BitMap64(array("Q", item_ids.astype(np.uint64).tobytes()))


def ids_of(items: BitMap64) -> IdArray:
    """The ids in a set, int64, ascending."""
    return np.frombuffer(items.to_array(), np.uint64).astype(np.int64)
