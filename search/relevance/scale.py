"""From a score to relevance: one monotone curve per query.

A cosine says little by itself: some photos are near to every text, some texts near to every
photo, and each model has its own range. So a score counts by how far it stands above what a
background of other queries gets: from the query's own best hits, since those may be photos that
everything is near to, and from the gallery at large.
Source: querybank normalisation (Bogolin et al. 2022, arXiv:2112.12777) and test normalisation of
scores in speaker verification (Auckenthaler et al. 2000), here with one location and spread per
query, which keeps relevance in the order of the scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix
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
        location: what the background gets on average.
        spread: by how much such scores differ, one standard deviation.
        n_searched: how many the best were chosen from.
    """

    location: float
    spread: float
    n_searched: int
    constants: Constants

    @classmethod
    def of(
        cls,
        background: FloatMatrix,
        hits: FloatMatrix,
        gallery: Doubles,
        *,
        n_searched: int,
        constants: Constants,
    ) -> Scale:
        """The scale of the query whose best hits these are.

        Args:
            background: float32, (n, dim), unit rows: other queries.
            hits: float32, (n, dim), n at least 1: the query's best, at most `N_JUDGED`.
            gallery: the middle of a sample of what was searched.
        """
        middle = middle_of(background)
        near, everywhere = (float(middle @ other) for other in (middle_of(hits), gallery))
        location = constants.near * near + (1.0 - constants.near) * everywhere
        return cls(location, spread_of(middle), n_searched, constants)

    def relevance(self, score: float) -> float:
        """Probability in [0, 1] that a hit of this score answers; never falls as it rises."""
        constants = self.constants
        logit = (
            constants.slope * (score - self.location) / self.spread
            - constants.crowd * crowding(self.n_searched)
            + constants.offset
        )
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


def middle_of(vectors: FloatMatrix) -> Doubles:
    """The mean vector: float64, (dim,). A mean of scores is the score of the means."""
    return np.asarray(vectors.mean(axis=0, dtype=np.float64))


def spread_of(middle: Doubles) -> float:
    """The deviation of unit vectors' scores against a direction, from their mean vector.

    What is left of their length beyond the mean is spread over all dimensions, taken as equal.
    """
    left = 1.0 - float(middle @ middle)
    return max(math.sqrt(max(left, 0.0) / len(middle)), _LEAST_SPREAD)


def crowding(n: int) -> float:
    """About where the highest of n draws from a normal distribution lies, in deviations."""
    return math.sqrt(2.0 * math.log(max(n, 2)))
