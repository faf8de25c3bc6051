"""What items have of a property: any range of numbers is told from it, and how items divide.

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
    """Columns kept in a store, brought up to date by reading what changed.

    SQL is to be asked where a column is too large, or known only as it was after the reading.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def numbers(self, attribute: str, reading: Reading) -> Column | None:
        """The numbers of an attribute, at the reading's revision; None where SQL is to be asked."""

        def read(among: IdArray | None) -> Column:
            return reading.snapshot.number_column(reading.gallery.id, attribute, among=among)

        return self._column(number_key(attribute, reading), reading, read)

    def facet(self, facet: str, reading: Reading) -> Column | None:
        """How items divide, at the reading's revision; None where SQL is to be asked."""

        def read(among: IdArray | None) -> Column:
            return reading.snapshot.facet_column(reading.gallery.id, facet, among=among)

        return self._column(facet_key(facet, reading), reading, read)

    def _column(self, key: Hashable, reading: Reading, read: Read) -> Column | None:
        revision = reading.gallery.revision
        known = self._store.get(key, _Column)
        if known is None:
            column = read(None)
        elif known.column is None or known.revision > revision:
            return None
        elif known.revision == revision:
            return known.column
        elif (changed := reading.stamped(known.revision)) is None:
            column = read(None)
        else:
            column = known.column
            if len(changed):
                column = column.replaced(changed, read(changed))
        is_kept = column.n_bytes * _LARGEST <= self._store.most_bytes
        self._store.keep(key, _Column(revision, column if is_kept else None))
        return column


def number_key(attribute: str, reading: Reading) -> Hashable:
    """What an attribute's numbers are kept under."""
    return "numbers", reading.gallery.id, reading.gallery.epoch, attribute


def facet_key(facet: str, reading: Reading) -> Hashable:
    """What is kept under of how items divide."""
    basis = reading.category_basis if facet == "category" else None
    return "facet", reading.gallery.id, reading.gallery.epoch, basis, facet


def items_within(column: Column, where: NumberWithin) -> IdArray:
    """The items whose number lies within, int64, ascending."""
    numbers = column.values
    inside = np.ones(len(numbers), bool)
    if where.low is not None:
        inside &= numbers >= where.low if where.include_low else numbers > where.low
    if where.high is not None:
        inside &= numbers <= where.high if where.include_high else numbers < where.high
    return column.item_ids[inside].astype(np.int64)
