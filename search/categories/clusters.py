"""Groups of pictures that look alike: spherical k-means, the same every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix

_ROUNDS = 12
_ROWS_EACH = 12
"""About how many rows there are to a group."""

_MOST_GROUPS = 24
_FEWEST_ROWS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A group of rows.

    Attributes:
        rows: int64, the nearest to the middle first.
        middle: float32, (dim,), the mean of their unit rows, less the mean of all rows.
    """

    rows: npt.NDArray[np.int64]
    middle: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)


def clusters(vectors: FloatMatrix) -> list[Cluster]:
    """Rows that are nearer to each other than to the rest, the largest group first; groups of
    fewer than three are left out.

    Args:
        vectors: float32, (n, dim), unit rows.
    """
    n_groups = min(_MOST_GROUPS, max(1, len(vectors) // _ROWS_EACH))
    if len(vectors) < _FEWEST_ROWS:
        return []
    # What all have in common would drown what some have in common.
    centred = vectors - vectors.mean(axis=0)
    directions = _unit(centred)
    middles = directions[_far_apart(directions, n_groups)]
    nearest = np.zeros(len(vectors), np.int64)
    for _ in range(_ROUNDS):
        nearest = (directions @ middles.T).argmax(axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, nearest, directions)
        middles = _unit(sums)
    found = []
    for group, middle in enumerate(middles):
        rows = np.flatnonzero(nearest == group)
        if len(rows) >= _FEWEST_ROWS:
            order = np.argsort(-(directions[rows] @ middle), kind="stable")
            found.append(Cluster(rows[order], centred[rows].mean(axis=0)))
    return sorted(found, key=len, reverse=True)


def _far_apart(directions: FloatMatrix, n: int) -> list[int]:
    """Row numbers to begin with, each the farthest from those before it."""
    chosen = [int(np.argmax(directions @ directions.mean(axis=0)))]
    closest = directions @ directions[chosen[0]]
    while len(chosen) < n:
        chosen.append(int(np.argmin(closest)))
        closest = np.maximum(closest, directions @ directions[chosen[-1]])
    return chosen


def _unit(rows: FloatMatrix) -> FloatMatrix:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
