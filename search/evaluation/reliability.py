"""Whether probabilities mean what they say: bins of equal mass, and the error they add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search.evaluation.ranking import Bools, Floats, Ints

N_BINS = 15


@dataclass(frozen=True, slots=True)
class Reliability:
    """Bins of rising confidence, each with as many rows as the next (give or take one).

    Attributes:
        n: rows in each bin, int64, (n_bins,).
        confidence: mean probability in each bin, in [0, 1].
        accuracy: share of the bin's rows that are right, in [0, 1].
    """

    n: Ints
    confidence: Floats
    accuracy: Floats

    @property
    def expected_error(self) -> float:
        """Expected calibration error, in [0, 1], lower is better: the mean gap between
        confidence and accuracy, bins weighed by their rows; nan without rows.

        Source: Guo et al. 2017, arXiv:1706.04599; equal-mass bins: Nixon et al. 2019,
        arXiv:1904.01685.
        """
        if not self.n.sum():
            return float("nan")
        return float((np.abs(self.accuracy - self.confidence) * self.n).sum() / self.n.sum())


def reliability(confidence: Floats, right: Bools, n_bins: int = N_BINS) -> Reliability:
    """Sort rows by confidence and cut them into bins of equal mass.

    Rows of equal confidence are ordered by being right, so that the order in which they come
    does not matter. Fewer rows than bins leave bins out.

    Args:
        confidence: probability of each row's guess, in [0, 1], shape (n,).
        right: whether the guess is right, shape (n,).
    """
    order = np.lexsort((right, confidence))
    bins = [part for part in np.array_split(order, n_bins) if len(part)]
    return Reliability(
        np.array([len(part) for part in bins], np.int64),
        np.array([confidence[part].mean(dtype=np.float64) for part in bins]),
        np.array([right[part].mean() for part in bins]),
    )
