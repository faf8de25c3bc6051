"""From a score to relevance: one monotone curve per query.

A cosine says little by itself: some photos are near to every text, some texts near to every
photo, and each model has its own range. So the query's best hits are shown to a background of
other queries, and a score counts by how far it stands above what those get from them.
Source: querybank normalisation (Bogolin et al. 2022, arXiv:2112.12777) and test normalisation of
scores in speaker verification (Auckenthaler et al. 2000), here with one location and spread per
query, which keeps relevance in the order of the scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix, IdArray
from search.relevance.background import Background
from search.relevance.constants import Constants

LINE = 0.5
"""Relevance below which a hit probably does not answer; see docs/how-to/search.md."""

N_JUDGED = 20
"""How many of the best hits the background is shown: fewer follow one odd photo, more reach into
what does not matter."""

_LEAST_SPREAD = 1e-4

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """What one query's scores are measured against.

    Attributes:
        location, spread: mean and standard deviation of what the background gives the best hits.
        n_searched: how many the best were chosen from.
    """

    location: float
    spread: float
    n_searched: int
    constants: Constants

    @classmethod
    def of(
        cls,
        background: Background,
        hits: FloatMatrix,
        view_ids: IdArray,
        *,
        n_searched: int,
        constants: Constants,
    ) -> Scale:
        """The scale of the query whose best hits these are.

        Args:
            hits: float32, (n, dim), n at least 1: at most `N_JUDGED`, best first.
            view_ids: int64, (n,), of the hits.
        """
        location, spread = location_and_spread(background, hits, view_ids)
        return cls(location, spread, n_searched, constants)

    def relevance(self, score: float) -> float:
        """Probability in [0, 1] that a hit of this score answers; never falls as it rises."""
        constants = self.constants
        logit = (
            constants.slope * (score - self.location) / self.spread
            - constants.crowd * crowding(self.n_searched)
            + constants.offset
        )
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


def location_and_spread(
    background: Background, hits: FloatMatrix, view_ids: IdArray
) -> tuple[float, float]:
    """Mean over the hits of the mean and of the deviation of the background's scores."""
    means, spreads = of_each(background, hits, view_ids)
    return float(means.mean()), max(float(spreads.mean()), _LEAST_SPREAD)


def of_each(
    background: Background, hits: FloatMatrix, view_ids: IdArray
) -> tuple[Doubles, Doubles]:
    """Mean and deviation of what the background gives each hit, itself apart: float64, (n,)."""
    scores = (background.vectors @ hits.T).astype(np.float64)
    others = np.all(background.view_ids[:, :, np.newaxis] != view_ids, axis=1)
    n_others = np.maximum(others.sum(axis=0), 1)
    means = np.where(others, scores, 0.0).sum(axis=0) / n_others
    squares = np.where(others, (scores - means) ** 2, 0.0).sum(axis=0) / n_others
    return means, np.sqrt(squares)


def crowding(n: int) -> float:
    """About where the highest of n draws from a normal distribution lies, in deviations."""
    return math.sqrt(2.0 * math.log(max(n, 2)))
