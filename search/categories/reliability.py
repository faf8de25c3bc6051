"""Whether probabilities mean what they say: reliability bins and expected calibration error."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.evaluation.reliability import N_BINS
from search.evaluation.reliability import reliability as binned


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers of similar confidence: `n` of them, mean confidence and share of right ones."""

    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How confidence and truth agree on labelled items.

    Attributes:
        error: expected calibration error in [0, 1], lower is better: |accuracy - confidence|
            averaged over bins of equal mass.
        floor: what the error would be on average, on as many items and by chance alone, if the
            probabilities were perfect. An error near it cannot be told from none.
        bins: by rising confidence.
    """

    n: int
    accuracy: float
    confidence: float
    error: float
    floor: float
    bins: tuple[ReliabilityBin, ...]

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_document(cls, found: dict[str, Any]) -> Reliability:
        bins = tuple(ReliabilityBin(**one) for one in found["bins"])
        return cls(**{**found, "bins": bins})


def reliability(
    confidences: npt.NDArray[np.floating],
    correct: npt.NDArray[np.bool_],
    *,
    n_bins: int = N_BINS,
) -> Reliability:
    """Compare confidences with what was right.

    Args:
        confidences: in [0, 1], shape (n,): the probability of the answer that was given.
        correct: shape (n,): whether it was right.
        n_bins: bins of equal mass; with fewer items, one bin for each.
    Source: Nguyen and O'Connor 2015, arXiv:1508.05154 (equal mass); Guo et al. 2017,
        arXiv:1706.04599 (top-1 error).
    """
    found = binned(confidences.astype(np.float64), correct, n_bins)
    bins = tuple(
        map(ReliabilityBin, found.n.tolist(), found.confidence.tolist(), found.accuracy.tolist())
    )
    n = len(confidences)
    return Reliability(
        n=n,
        accuracy=float(correct.mean()) if n else 0.0,
        confidence=float(confidences.mean(dtype=np.float64)) if n else 0.0,
        error=found.expected_error if n else 0.0,
        floor=_floor(confidences, found.n) if n else 0.0,
        bins=bins,
    )


def top_one_reliability(
    chances: npt.NDArray[np.floating],
    labels: npt.NDArray[np.int64],
    *,
    n_bins: int = N_BINS,
) -> Reliability:
    """The same for each row's likeliest class.

    Args:
        chances: shape (n, n_classes), in [0, 1].
        labels: int64, shape (n,), the right columns.
    """
    if not len(labels):
        return reliability(np.empty(0), np.empty(0, bool), n_bins=n_bins)
    return reliability(chances.max(axis=1), chances.argmax(axis=1) == labels, n_bins=n_bins)


def _floor(confidences: npt.NDArray[np.floating], sizes: npt.NDArray[np.int64]) -> float:
    """The mean error of 200 made-up outcomes that the confidences tell exactly; one fixed seed."""
    sure = np.sort(confidences).astype(np.float64)
    gaps = (np.random.default_rng(0).random((200, len(sure))) < sure) - sure
    starts = np.cumsum(sizes) - sizes
    return float(np.abs(np.add.reduceat(gaps, starts, axis=1)).sum(axis=1).mean() / len(sure))
