"""How each query's best hit stands in a gallery, worked out as a search does, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.domain.arrays import FloatMatrix, IdArray
from search.relevance.scale import N_JUDGED, crowding, middle_of, spread_of

_BLOCK = 256

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """Of many queries, float64 (n,): the best hit's cosine, what the background gets from the best
    hits and from the gallery, its spread, and how crowded the gallery was."""

    cosine: Floats
    near: Floats
    everywhere: Floats
    spread: Floats
    crowd: Floats

    def above(self, near: float) -> Floats:
        """Deviations that the best hit stands above the background; see `Scale`."""
        location = near * self.near + (1.0 - near) * self.everywhere
        return np.asarray((self.cosine - location) / self.spread)

    def only(self, chosen: NDArray[np.bool_]) -> Standing:
        """That of some queries."""
        return Standing(*(part[chosen] for part in self.parts()))

    def parts(self) -> tuple[Floats, ...]:
        """All arrays, in the order of the fields."""
        return (self.cosine, self.near, self.everywhere, self.spread, self.crowd)


def standing_of(
    queries: FloatMatrix,
    views: FloatMatrix,
    allowed: Sequence[IdArray],
    background: FloatMatrix,
) -> Standing:
    """The standing of each query among the rows that it may find.

    Args:
        allowed: for each query, int64: rows of `views`.
    """
    middle = middle_of(background)
    background_gets = views @ middle.astype(np.float32)
    found = np.empty((5, len(queries)), np.float64)
    found[3] = spread_of(middle)
    for start in range(0, len(queries), _BLOCK):
        scores = queries[start : start + _BLOCK] @ views.T
        for at, row in enumerate(scores, start):
            rows = allowed[at]
            own = row[rows]
            n_best = min(N_JUDGED, len(rows))
            best = rows[np.argpartition(-own, n_best - 1)[:n_best]]
            found[0, at] = own.max()
            found[1, at] = background_gets[best].mean()
            found[2, at] = background_gets[rows].mean()
            found[4, at] = crowding(len(rows))
    return Standing(*found)
