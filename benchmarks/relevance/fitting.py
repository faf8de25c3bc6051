"""Fits the constants of relevance: a weighted logistic regression, by Newton's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.relevance.standing import Floats, Standing
from search.relevance.constants import Constants

_RIDGE = 1e-4
_STEPS = 50


def fitted(standing: Standing, answered: NDArray[np.bool_], groups: NDArray[np.str_]) -> Constants:
    """The constants that make relevance most likely, where found and not found weigh the same, and
    so does each group of queries within them."""
    weights = balanced(answered, groups)
    crowded = bool(np.ptp(standing.crowd) > 1e-9)
    columns = [standing.above, np.ones_like(standing.above)]
    if crowded:
        columns.insert(1, standing.crowd)
    found = _logistic(np.stack(columns, axis=1), answered.astype(np.float64), weights)
    crowd = -float(found[1]) if crowded else 0.0
    return Constants(float(found[0]), crowd, float(found[-1]))


def balanced(answered: NDArray[np.bool_], groups: NDArray[np.str_]) -> Floats:
    """Weights that sum to the number of queries."""
    weights = np.zeros(len(answered))
    for truth in (True, False):
        kinds = np.unique(groups[answered == truth])
        for kind in kinds:
            own = (answered == truth) & (groups == kind)
            weights[own] = 0.5 / len(kinds) / own.sum()
    return weights * len(answered)


def relevance_of(standing: Standing, constants: Constants) -> Floats:
    """What the program would say, in [0, 1]."""
    logits = constants.slope * standing.above - constants.crowd * standing.crowd + constants.offset
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def _logistic(columns: Floats, truth: Floats, weights: Floats) -> Floats:
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    constant = spread < 1e-9
    centre[constant], spread[constant] = 0.0, 1.0
    scaled = (columns - centre) / spread
    found = np.zeros(scaled.shape[1])
    ridge = _RIDGE * len(scaled) * np.eye(scaled.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(scaled @ found, -30, 30)))
        gradient = scaled.T @ (weights * (truth - chance)) - ridge @ found
        curvature = (scaled * (weights * chance * (1 - chance))[:, None]).T @ scaled + ridge
        step = np.linalg.solve(curvature, gradient)
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    result = found / spread
    result[-1] -= float((result[:-1] * centre[:-1]).sum())
    return np.asarray(result)
