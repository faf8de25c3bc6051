"""Whether probabilities mean what they say: reliability bins and expected calibration error."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

N_BINS = 15


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
    order = np.argsort(confidences, kind="stable")
    sure, right = confidences[order].astype(np.float64), correct[order].astype(np.float64)
    parts = np.array_split(np.arange(len(sure)), max(1, min(n_bins, len(sure))))
    bins = tuple(
        ReliabilityBin(len(part), float(sure[part].mean()), float(right[part].mean()))
        for part in parts
        if len(part)
    )
    n = len(sure)
    return Reliability(
        n=n,
        accuracy=float(right.mean()) if n else 0.0,
        confidence=float(sure.mean()) if n else 0.0,
        error=_error(bins),
        floor=_floor(sure, parts) if n else 0.0,
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


def _error(bins: tuple[ReliabilityBin, ...]) -> float:
    n = sum(one.n for one in bins)
    return sum(one.n * abs(one.accuracy - one.confidence) for one in bins) / n if n else 0.0


def _floor(sure: npt.NDArray[np.float64], parts: list[npt.NDArray[np.intp]]) -> float:
    """The mean error of 200 made-up outcomes that the confidences tell exactly; one fixed seed."""
    rng = np.random.default_rng(0)
    happened = rng.random((200, len(sure))) < sure
    gaps = sum(np.abs((happened[:, part] - sure[part]).sum(axis=1)) for part in parts if len(part))
    return float(np.mean(gaps) / len(sure))
