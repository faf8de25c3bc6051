"""Lines above which a category is taken for granted, one for each category, from labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.errors import UsageError

FEWEST_OF_A_KIND = 5
"""Labels of each kind, right and wrong, below which no line is drawn."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One category's line, and what it does on the labels it was drawn from.

    Attributes:
        value: probability in [0, 1] from which on the category is given; None where there are too
            few labels or none reaches what was wanted, and `note` says which.
        n_positive, n_negative: labels that are of the category, and that are not.
        precision, recall, f1: at the line, in [0, 1]; 0 without one.
        note: one sentence for people, empty where all is well.
    """

    category: str
    value: float | None
    n_positive: int
    n_negative: int
    precision: float = 0.0
    recall: float = 0.0
    f1: float = 0.0
    note: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_document(cls, found: dict[str, Any]) -> Threshold:
        return cls(**found)


def fit_threshold(
    category: str,
    chances: npt.NDArray[np.floating],
    is_of_it: npt.NDArray[np.bool_],
    *,
    wanted_precision: float | None = None,
) -> Threshold:
    """The line with the highest F1, or with the most found at a wanted precision.

    Args:
        chances: the category's probability for each labelled item, shape (n,), in [0, 1].
        is_of_it: what people said of the same items.
        wanted_precision: in (0, 1]; None takes the highest F1. Among equal lines the highest.
    Raises:
        UsageError: a wanted precision outside (0, 1].
    """
    if wanted_precision is not None and not 0 < wanted_precision <= 1:
        raise UsageError(
            f"A precision of {wanted_precision} cannot be reached.",
            hint="Ask for one above 0 and at most 1, such as 0.9.",
        )
    n_positive = int(is_of_it.sum())
    n_negative = len(is_of_it) - n_positive
    if min(n_positive, n_negative) < FEWEST_OF_A_KIND:
        return Threshold(
            category, None, n_positive, n_negative, note=_too_few(n_positive, n_negative)
        )
    lines, precision, recall = _curve(chances.astype(np.float64), is_of_it)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    if wanted_precision is None:
        at = int(f1.argmax())
    else:
        reached = precision >= wanted_precision
        if not reached.any():
            note = f"No line reaches a precision of {wanted_precision:g}: the best is "
            note += f"{precision.max():.2f}."
            return Threshold(category, None, n_positive, n_negative, note=note)
        at = int(np.where(reached, recall, -1.0).argmax())
    return Threshold(
        category,
        float(lines[at]),
        n_positive,
        n_negative,
        float(precision[at]),
        float(recall[at]),
        float(f1[at]),
    )


def _too_few(n_positive: int, n_negative: int) -> str:
    return (
        f"Too few labels: {n_positive} of it and {n_negative} not of it, where at least "
        f"{FEWEST_OF_A_KIND} of each are needed."
    )


def _curve(
    chances: npt.NDArray[np.float64], is_of_it: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Lines from high to low, each halfway to the next lower score, with precision and recall."""
    order = np.argsort(-chances, kind="stable")
    scores, right = chances[order], is_of_it[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    found = np.cumsum(right)[last]
    lower = np.append(scores[last[1:]], scores[-1])
    lines = (scores[last] + lower) / 2
    lines = np.where(lines > lower, lines, scores[last])  # neighbours that nothing lies between
    return lines, found / (last + 1), found / max(1, int(right.sum()))
