"""Fits the constants of relevance: a weighted logistic regression, by Newton's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.relevance.standing import Floats, Standing
from search.relevance.constants import Constants

_RIDGE = 1e-4
_STEPS = 50
_NEAR = (0.0, 0.25, 0.5, 0.75, 1.0)


def fitted(standing: Standing, answered: NDArray[np.bool_], groups: NDArray[np.str_]) -> Constants:
    """The constants that make relevance most likely, where found and not found weigh the same, and
    so does each group of queries within them."""
    weights = balanced(answered, groups)
    tried = [_fitted(standing, answered, weights, near) for near in _NEAR]
    return min(tried, key=lambda one: _surprise(relevance_of(standing, one), answered, weights))


def _fitted(
    standing: Standing, answered: NDArray[np.bool_], weights: Floats, near: float
) -> Constants:
    above = standing.above(near)
    columns = np.stack([above, standing.crowd, np.ones_like(above)], axis=1)
    slope, crowd, offset = _logistic(columns, answered.astype(np.float64), weights).tolist()
    if crowd > 0:  # chance: more to choose from is no evidence
        slope, offset = _logistic(columns[:, [0, 2]], answered.astype(float), weights).tolist()
        crowd = 0.0
    return Constants(near, slope, 0.0 - crowd, offset)


def _surprise(chance: Floats, truth: NDArray[np.bool_], weights: Floats) -> float:
    likely = np.clip(np.where(truth, chance, 1.0 - chance), 1e-12, 1.0)
    return float(-(weights * np.log(likely)).sum())


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
    logits = (
        constants.slope * standing.above(constants.near)
        - constants.crowd * standing.crowd
        + constants.offset
    )
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
