"""Zero-shot, calibrated, and after some labels a class: every photo judged by what never saw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.categories_learning.labelled import Labelled
from search.categories.calibration import fit_temperature
from search.categories.folds import N_FOLDS, folds_of
from search.categories.heads import fit_head
from search.categories.reliability import Reliability, top_one_reliability
from search.categories.scales import softmax

LABELS_A_CLASS = (1, 4, 16)
N_DRAWS = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One line of the table: means over the draws.

    Attributes:
        n_labels: how many labels there were in all, on average.
        error, floor: expected calibration error over 15 bins of equal mass, and what chance alone
            would make of it on as many photos.
    """

    name: str
    n_labels: float
    accuracy: float
    error: float
    floor: float


def steps(photos: Labelled, n_draws: int = N_DRAWS) -> list[Step]:
    """Every step on the same photos, each photo judged once in a draw.

    A draw spreads the photos (or, where known, the people who took them) over five parts. Each
    part is judged by a temperature or a head from labels of the other four.
    """
    before = top_one_reliability(softmax(photos.zero_shot), photos.labels)
    found = [Step("zero-shot", 0.0, before.accuracy, before.error, before.floor)]
    for n_each in (None, *LABELS_A_CLASS):
        judged: list[Reliability] = []
        n_labels: list[int] = []
        for draw in range(n_draws):
            chances, used = _draw(photos, n_each, draw)
            judged.append(top_one_reliability(chances, photos.labels))
            n_labels += used
        name = "calibrated" if n_each is None else f"{n_each} a class"
        found.append(_mean(name, n_labels, judged))
    return found


def _draw(photos: Labelled, n_each: int | None, draw: int) -> tuple[Floats, list[int]]:
    parts = folds_of(photos.labels, photos.groups, seed=draw)
    chances = np.empty(photos.zero_shot.shape)
    used = []
    for part in range(N_FOLDS):
        judged = parts == part
        rows = np.flatnonzero(~judged)
        if n_each is not None:
            rows = some_of_each(photos.labels, rows, n_each, np.random.default_rng((draw, part)))
        used.append(len(rows))
        chances[judged] = _judge(photos, rows, judged, with_head=n_each is not None)
    return chances, used


def some_of_each(
    labels: NDArray[np.int64], rows: NDArray[np.intp], n_each: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Up to `n_each` rows of every class; fewer where there are not as many."""
    mixed = rng.permutation(rows)
    return np.concatenate([mixed[labels[mixed] == label][:n_each] for label in np.unique(labels)])


def _judge(
    photos: Labelled, rows: NDArray[np.intp], judged: NDArray[np.bool_], *, with_head: bool
) -> Floats:
    zero_shot = photos.zero_shot
    if not with_head:
        temperature = fit_temperature(zero_shot[rows], photos.labels[rows])
        return softmax(zero_shot[judged] / temperature)
    groups = None if photos.groups is None else [photos.groups[row] for row in rows]
    fitted = fit_head(
        photos.vectors[rows], photos.labels[rows], zero_shot[rows], photos.classes, groups=groups
    )
    return fitted.head.probabilities(photos.vectors[judged], zero_shot[judged])


def _mean(name: str, n_labels: list[int], judged: list[Reliability]) -> Step:
    accuracy = float(np.mean([one.accuracy for one in judged]))
    error = float(np.mean([one.error for one in judged]))
    floor = float(np.mean([one.floor for one in judged]))
    return Step(name, float(np.mean(n_labels)), accuracy, error, floor)
