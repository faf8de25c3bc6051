"""Parts of labelled items that take turns in being kept out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

N_FOLDS = 5


def folds_of(
    labels: npt.NDArray[np.int64],
    groups: Sequence[object] | None = None,
    *,
    n_folds: int = N_FOLDS,
    seed: int = 0,
) -> npt.NDArray[np.int64]:
    """The part each item belongs to: int64, shape (n,), in [0, n_folds). The same every time.

    Every class is spread evenly. With `groups` (who took the photo, the series it belongs to)
    whole groups are spread instead, so that near copies never lie on both sides.
    """
    rng = np.random.default_rng(seed)
    if groups is not None:
        _, numbers = np.unique([str(group) for group in groups], return_inverse=True)
        places = rng.permutation(int(numbers.max(initial=-1)) + 1) % n_folds
        return np.asarray(places[numbers], np.int64)
    parts = np.empty(len(labels), np.int64)
    start = 0
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        parts[rows] = (start + np.arange(len(rows))) % n_folds
        start += len(rows)
    return parts
