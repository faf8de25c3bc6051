"""The values that items have of one property, as arrays beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.domain.arrays import IdArray

Values = npt.NDArray[Any]
"""float64 numbers without NaN."""


@dataclass(frozen=True, slots=True)
class Column:
    """Items and their values, by item.

    Attributes:
        item_ids: unsigned, of the smallest type that takes them, (n,), ascending.
        values: (n,).
    """

    item_ids: npt.NDArray[np.unsignedinteger[Any]]
    values: Values

    @classmethod
    def of(cls, item_ids: npt.NDArray[Any], values: Values) -> Column:
        """Of items in any order."""
        order = np.argsort(item_ids, kind="stable")
        return cls(_smallest(item_ids[order]), values[order])

    @property
    def n_bytes(self) -> int:
        return self.item_ids.nbytes + self.values.nbytes

    def replaced(self, changed: IdArray, fresh: Column) -> Column:
        """With what is fresh of the items that changed, and nothing else of them."""
        kept = ~np.isin(self.item_ids, changed)
        return Column.of(
            np.concatenate([self.item_ids[kept], fresh.item_ids]),
            np.concatenate([self.values[kept], fresh.values]),
        )


def _smallest(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))
