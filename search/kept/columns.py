"""The numbers that items have of an attribute: any range of them is told without the database.

A range is a comparison of all numbers, in the order of items, which is what a set is made of: what
a binary search would find in the order of numbers would have to be sorted first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from search.domain.arrays import IdArray
from search.domain.column import Column
from search.filters.ast import NumberWithin
from search.kept.reading import Reading
from search.kept.store import Store

Read = Callable[[IdArray | None], Column]
"""Reads a column from the database, of all items or of a few."""

_LARGEST = 4
"""A column takes a quarter of the store at most, or none would last there."""


@dataclass(frozen=True, slots=True)
class _Column:
    """`column`: None where it is too large."""

    revision: int
    column: Column | None

    @property
    def n_bytes(self) -> int:
        return 500 + (0 if self.column is None else self.column.n_bytes)


class Columns:
    """Columns kept in a store, brought up to date by reading what changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def numbers(self, attribute: str, reading: Reading) -> Column | None:
        """The numbers of an attribute, at the reading's revision; None where they are too many."""

        def read(among: IdArray | None) -> Column:
            return reading.snapshot.number_column(reading.gallery.id, attribute, among=among)

        return self._column(number_key(attribute, reading), reading, read)

    def _column(self, key: Hashable, reading: Reading, read: Read) -> Column | None:
        revision = reading.gallery.revision
        known = self._store.get(key, _Column)
        if known is not None and known.column is None:
            return None
        changed = None if known is None else reading.stamped(known.revision)
        if known is None or known.column is None or changed is None:
            column = read(None)
        elif known.revision == revision:
            return known.column
        elif not len(changed):
            column = known.column
        else:
            column = known.column.replaced(changed, read(changed))
        is_kept = column.n_bytes * _LARGEST <= self._store.most_bytes
        self._store.keep(key, _Column(revision, column if is_kept else None))
        return column


def number_key(attribute: str, reading: Reading) -> Hashable:
    """What an attribute's numbers are kept under."""
    return "numbers", reading.gallery.id, reading.gallery.epoch, attribute


def items_within(column: Column, where: NumberWithin) -> IdArray:
    """The items whose number lies within, int64, ascending."""
    numbers = column.values
    inside = np.ones(len(numbers), bool)
    if where.low is not None:
        inside &= numbers >= where.low if where.include_low else numbers > where.low
    if where.high is not None:
        inside &= numbers <= where.high if where.include_high else numbers < where.high
    return column.item_ids[inside].astype(np.int64)
