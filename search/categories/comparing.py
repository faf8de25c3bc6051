"""What differs between the guesses that are stored and new ones, for a block of items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.domain.arrays import IdArray
from search.domain.category import GuessRows

_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Reassigned:
    """Items in other categories than before, with the assigned guesses before and after.

    Attributes:
        items: int64, ascending.
    """

    items: IdArray
    _old: GuessRows
    _new: GuessRows

    def simple(self) -> npt.NDArray[np.bool_]:
        """Which of the items have at most one category before and after."""
        (a, b), (c, d) = self._spans()
        few: npt.NDArray[np.bool_] = (b - a <= 1) & (d - c <= 1)
        return few

    def pairs(self) -> tuple[IdArray, IdArray]:
        """Of each item its first category before and after, 0 where there is none."""
        (a, b), (c, d) = self._spans()
        return _first(self._old, a, b), _first(self._new, c, d)

    def lists(
        self, which: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[int, Sequence[int], Sequence[int]]]:
        """The items that a mask names, with all their category ids before and after."""
        (a, b), (c, d) = self._spans()
        for at in np.flatnonzero(which).tolist():
            before = self._old.category_ids[a[at] : b[at]].tolist()
            after = self._new.category_ids[c[at] : d[at]].tolist()
            yield int(self.items[at]), before, after

    def _spans(self) -> tuple[tuple[IdArray, IdArray], tuple[IdArray, IdArray]]:
        return _spans(self._old, self.items), _spans(self._new, self.items)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two readings of the same items' guesses.

    Attributes:
        differing: int64, ascending: items with any guess that differs, in probability too.
    """

    differing: IdArray
    _old: GuessRows
    _new: GuessRows
    _items: IdArray

    def reassigned(self) -> Reassigned:
        """Items whose assigned categories differ."""
        old = self._old.taken(self._old.assigned)
        new = self._new.taken(self._new.assigned)
        width = _width(old, new)
        odd = np.setxor1d(_keys(self._items, old, width), _keys(self._items, new, width))
        items = self._items[np.unique(odd // width)]
        return Reassigned(items, old, new)


def compare(items: IdArray, old: GuessRows, new: GuessRows) -> Comparison:
    """Compare guesses, both ordered by item then category.

    Args:
        items: int64, ascending: all items that either is about, and those without guesses.
    """
    width = _width(old, new)
    old_keys, new_keys = _keys(items, old, width), _keys(items, new, width)
    both, in_old, in_new = np.intersect1d(
        old_keys, new_keys, assume_unique=True, return_indices=True
    )
    unlike = (old.assigned[in_old] != new.assigned[in_new]) | (
        np.abs(old.probabilities[in_old] - new.probabilities[in_new]) > _SAME
    )
    odd = np.concatenate([np.setxor1d(old_keys, new_keys, assume_unique=True), both[unlike]])
    return Comparison(items[np.unique(odd // width)], old, new, items)


def _width(old: GuessRows, new: GuessRows) -> int:
    return 1 + int(max(old.category_ids.max(initial=0), new.category_ids.max(initial=0)))


def _keys(items: IdArray, rows: GuessRows, width: int) -> IdArray:
    """One number for each pair of item and category, ascending."""
    keys: IdArray = np.searchsorted(items, rows.item_ids) * width + rows.category_ids
    return keys


def _spans(rows: GuessRows, items: IdArray) -> tuple[IdArray, IdArray]:
    """Where each item's rows begin and end."""
    first = np.searchsorted(rows.item_ids, items, side="left")
    return first, np.searchsorted(rows.item_ids, items, side="right")


def _first(rows: GuessRows, start: IdArray, end: IdArray) -> IdArray:
    found: IdArray = np.zeros(len(start), np.int64)
    there = end > start
    found[there] = rows.category_ids[start[there]]
    return found
