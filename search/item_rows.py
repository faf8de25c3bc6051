"""Finds rows by the item and the view that each is of."""

from __future__ import annotations

import numpy as np

from search.domain.arrays import IdArray


class ItemRows:
    """Rows of views: which are an item's, and which is a view's.

    Args:
        item_ids, view_ids: int64, (n_rows,), of each row.
        order: int64, (n_rows,), the rows by item, then view; None where they lie like this.
    """

    def __init__(self, item_ids: IdArray, view_ids: IdArray, order: IdArray | None = None) -> None:
        self._item_ids = item_ids
        self._view_ids = view_ids
        self._order = order

    def of_items(self, wanted: IdArray) -> IdArray:
        """The rows whose item is wanted, ascending.

        Args:
            wanted: int64, ascending, each once.
        """
        _, found = self._rows_of(wanted)
        return found if self._order is None else np.sort(found)

    def of_views(self, item_ids: IdArray, view_ids: IdArray) -> IdArray:
        """The row of each view, int64, (n,), -1 where there is none.

        Args:
            item_ids, view_ids: int64, (n,), in any order.
        """
        rows = np.full(len(view_ids), -1, np.int64)
        at, found = self._rows_of(item_ids)
        is_it = self._view_ids[found] == view_ids[at]
        rows[at[is_it]] = found[is_it]
        return rows

    def are_in_order(self) -> bool:
        """Whether items rise in the order, and the views of each: so it holds every row once."""
        items, views = self._item_ids, self._view_ids
        if self._order is not None:
            items, views = items[self._order], views[self._order]
        same = items[1:] == items[:-1]
        return bool(np.all((items[1:] > items[:-1]) | (same & (views[1:] > views[:-1]))))

    def _rows_of(self, items: IdArray) -> tuple[IdArray, IdArray]:
        """The rows of each item one after the other, and the place of its item before each."""
        first = np.searchsorted(self._item_ids, items, side="left", sorter=self._order)
        last = np.searchsorted(self._item_ids, items, side="right", sorter=self._order)
        lengths = last - first
        starts = np.cumsum(lengths) - lengths
        places: IdArray = np.arange(lengths.sum()) + np.repeat(first - starts, lengths)
        found = places if self._order is None else self._order[places]
        return np.repeat(np.arange(len(items)), lengths), found
