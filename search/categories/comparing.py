"""What differs between the guesses that are stored and new ones, for a block of items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from search.domain.arrays import IdArray
from search.domain.category import GuessRows

_SAME = 1e-6


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

    def reassigned(self) -> Iterator[tuple[int, Sequence[int], Sequence[int]]]:
        """Items whose assigned categories differ, with their ids before and after."""
        old = self._old.taken(self._old.assigned)
        new = self._new.taken(self._new.assigned)
        width = _width(old, new)
        odd = np.setxor1d(_keys(self._items, old, width), _keys(self._items, new, width))
        items = self._items[np.unique(odd // width)]
        before, after = _spans(old, items), _spans(new, items)
        for item_id, (a, b), (c, d) in zip(items.tolist(), before, after, strict=True):
            yield item_id, old.category_ids[a:b].tolist(), new.category_ids[c:d].tolist()


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


def _spans(rows: GuessRows, items: IdArray) -> list[tuple[int, int]]:
    first = np.searchsorted(rows.item_ids, items, side="left").tolist()
    end = np.searchsorted(rows.item_ids, items, side="right").tolist()
    return list(zip(first, end, strict=True))
