"""How each query's best hit stands in a gallery, worked out as a search does, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.domain.arrays import FloatMatrix, IdArray
from search.relevance.background import Background
from search.relevance.scale import N_JUDGED, crowding, of_each

_BLOCK = 256

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """Of many queries, float64 (n,): the best hit's cosine, how many deviations it stands above
    the background, and how crowded the gallery was."""

    cosine: Floats
    above: Floats
    crowd: Floats


def standing_of(
    queries: FloatMatrix,
    views: FloatMatrix,
    allowed: Sequence[IdArray],
    background: Background,
) -> Standing:
    """The standing of each query among the rows that it may find.

    Args:
        allowed: for each query, int64: rows of `views`.
    """
    means, spreads = of_each(background, views, np.arange(len(views)))
    found = np.empty((3, len(queries)), np.float64)
    for start in range(0, len(queries), _BLOCK):
        scores = queries[start : start + _BLOCK] @ views.T
        for at, row in enumerate(scores, start):
            rows = allowed[at]
            own = row[rows]
            n_best = min(N_JUDGED, len(rows))
            best = rows[np.argpartition(-own, n_best - 1)[:n_best]]
            cosine = float(own.max())
            found[0, at] = cosine
            found[1, at] = (cosine - means[best].mean()) / spreads[best].mean()
            found[2, at] = crowding(len(rows))
    return Standing(*found)
