"""The values that items have of one property, as arrays beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.domain.arrays import IdArray
from search.domain.facet import Spelling

_BYTES_OF_NAME = 400

Values = npt.NDArray[Any]
"""float64 numbers without NaN, or places in a column's names, of the smallest type."""


@dataclass(frozen=True, slots=True)
class Column:
    """Items and their values, by item.

    Attributes:
        item_ids: unsigned, of the smallest type that takes them, (n,), ascending; an item as often
            as it has values.
        values: (n,).
        names: what places stand for, in no certain order; none where values are numbers.
    """

    item_ids: npt.NDArray[np.unsignedinteger[Any]]
    values: Values
    names: tuple[Spelling, ...] = ()

    @classmethod
    def of(
        cls, item_ids: npt.NDArray[Any], values: Values, names: tuple[Spelling, ...] = ()
    ) -> Column:
        """Of items in any order."""
        order = np.argsort(item_ids, kind="stable")
        ordered = values[order]
        return cls(_smallest(item_ids[order]), _smallest(ordered) if names else ordered, names)

    @property
    def n_bytes(self) -> int:
        """About what is held."""
        return self.item_ids.nbytes + self.values.nbytes + _BYTES_OF_NAME * len(self.names)

    def replaced(self, changed: IdArray, fresh: Column) -> Column:
        """With what is fresh of the items that changed, and nothing else of them."""
        kept = ~np.isin(self.item_ids, changed)
        values, places = fresh.values, {name: at for at, name in enumerate(self.names)}
        if fresh.names:
            mapped = [places.setdefault(name, len(places)) for name in fresh.names]
            values = np.array(mapped)[values]
        return Column.of(
            np.concatenate([self.item_ids[kept], fresh.item_ids]),
            np.concatenate([self.values[kept], values]),
            tuple(places),
        )

    def counts(self, among: IdArray | None = None) -> dict[Spelling, int]:
        """How many items have each value, of all or of some; values that none has are left out."""
        values = self.values if among is None else self.values[np.isin(self.item_ids, among)]
        counts = np.bincount(values, minlength=len(self.names))
        return {self.names[at]: int(counts[at]) for at in np.flatnonzero(counts)}


def _smallest(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))
