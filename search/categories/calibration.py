"""Calibration: from labels to probabilities that can be believed.

A temperature makes confidence and truth agree without changing any answer; a line for each
category says from which probability on it is given. What comes out is kept as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.categories.folds import N_FOLDS, folds_of
from search.categories.reliability import Reliability, top_one_reliability
from search.categories.scales import Labels, Logits, fit_factors, softmax
from search.categories.thresholds import Threshold, fit_threshold
from search.errors import UsageError

FEWEST_LABELS = 30
"""Labels below which the temperature stays as the model has it."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Rejected:
    """Items that are not of a category, whatever else they are.

    Attributes:
        logits: shape (n, n_classes).
        is_not: bool, (n, n_classes): the classes that each is not of.
    """

    logits: Logits
    is_not: npt.NDArray[np.bool_]

    def of_all(self, columns: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Which items are of none of these classes."""
        return np.asarray(self.is_not[:, list(columns)].all(axis=1))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What labels say about a model's probabilities over one taxonomy.

    Attributes:
        temperature: logits are divided by it; 1 leaves them as the model has them, above 1 makes
            it less sure. It never changes which category is likeliest.
        offset: added afterwards where classes are judged each on its own, else 0.
        thresholds: one for each category that has labels.
        before, after: reliability of the likeliest category, without and with the temperature;
            `after` on items that the temperature was not fitted to. None where labels are too few.
        n_labels: items with a label.
        note: one sentence for people where labels are too few, else empty.
        wanted_precision: what the thresholds were drawn for; None is the highest F1.
        head: digest of the head whose scores it belongs to; empty for the model's own.
    """

    temperature: float
    thresholds: tuple[Threshold, ...]
    before: Reliability | None
    after: Reliability | None
    n_labels: int
    note: str = ""
    offset: float = 0.0
    wanted_precision: float | None = None
    head: str = ""

    def probabilities(self, logits: Logits) -> npt.NDArray[np.float64]:
        """Rows that sum to 1, by the calibrated temperature."""
        return softmax(logits / self.temperature)

    def threshold_of(self, category: str) -> float | None:
        """The category's line in [0, 1], None where none could be drawn."""
        return next((one.value for one in self.thresholds if one.category == category), None)

    def to_json(self) -> str:
        return json.dumps(
            {
                "format": _FORMAT,
                "temperature": self.temperature,
                "thresholds": [one.document() for one in self.thresholds],
                "before": None if self.before is None else self.before.document(),
                "after": None if self.after is None else self.after.document(),
                "n_labels": self.n_labels,
                "note": self.note,
                "offset": self.offset,
                "wanted_precision": self.wanted_precision,
                "head": self.head,
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Raises ValueError for another format."""
        found: dict[str, Any] = json.loads(text)
        if found.get("format") != _FORMAT:
            raise ValueError(f"a calibration of format {found.get('format')!r}")
        return cls(
            temperature=found["temperature"],
            thresholds=tuple(Threshold.from_document(one) for one in found["thresholds"]),
            before=_reliability(found["before"]),
            after=_reliability(found["after"]),
            n_labels=found["n_labels"],
            note=found["note"],
            offset=found["offset"],
            wanted_precision=found["wanted_precision"],
            head=found["head"],
        )


def _reliability(found: dict[str, Any] | None) -> Reliability | None:
    return None if found is None else Reliability.from_document(found)


def fit_temperature(logits: Logits, labels: Labels) -> float:
    """The temperature under which the labels are likeliest; positive.

    Args:
        logits: shape (n, n_classes), the model's own scale included; not written to.
        labels: int64, shape (n,), columns of `logits`.
    Source: Guo et al. 2017, arXiv:1706.04599, section 4.2.
    """
    (factor,) = fit_factors([logits], labels, expected=[1.0])
    return 1 / factor


def calibrate(
    logits: Logits,
    labels: Labels,
    categories: Sequence[str],
    *,
    wanted_precision: float | None = None,
    groups: Sequence[object] | None = None,
    rejected: Rejected | None = None,
    also: Mapping[str, Sequence[int]] | None = None,
) -> Calibration:
    """Temperature and lines of a taxonomy where an item has one category.

    Args:
        logits: shape (n, n_classes), of items with a label. There may be more columns than
            categories (class names that lead to none); their items are labelled so, too.
        labels: int64, shape (n,), columns of `logits`.
        categories: names of the first columns.
        wanted_precision: see `fit_threshold`.
        groups: see `folds_of`.
        rejected: what is known not to be of a category; it counts for the lines alone.
        also: columns of further categories, by name: their probability is the sum of them.
    Raises:
        UsageError: a wanted precision outside (0, 1], or shapes that do not belong together.
    """
    if logits.ndim != 2 or len(logits) != len(labels) or logits.shape[1] < len(categories):
        raise UsageError(
            "The labels do not belong to these scores.", hint="Give one label for each row."
        )
    if len(labels) < FEWEST_LABELS:
        note = f"Too few labels for a temperature: {len(labels)}, where {FEWEST_LABELS} are needed."
        temperature, before, after = 1.0, None, None
        held_out = softmax(logits)
    else:
        note, temperature = "", fit_temperature(logits, labels)
        held_out = cross_fitted(logits, labels, groups)
        before = top_one_reliability(softmax(logits), labels)
        after = top_one_reliability(held_out, labels)
    columns = {name: [at] for at, name in enumerate(categories)} | dict(also or {})
    thresholds = []
    for name, mine in columns.items():
        is_of, likely = np.isin(labels, mine), held_out[:, mine].sum(axis=1)
        if rejected is not None:
            of_none = rejected.of_all(mine)
            no = softmax(rejected.logits[of_none] / temperature)[:, mine].sum(axis=1)
            is_of, likely = np.append(is_of, np.zeros(len(no), bool)), np.append(likely, no)
        if is_of.any():
            thresholds.append(fit_threshold(name, likely, is_of, wanted_precision=wanted_precision))
    return Calibration(
        temperature,
        tuple(thresholds),
        before,
        after,
        len(labels),
        note,
        wanted_precision=wanted_precision,
    )


def cross_fitted(
    logits: Logits, labels: Labels, groups: Sequence[object] | None = None, *, seed: int = 0
) -> npt.NDArray[np.float64]:
    """Each row's probabilities by a temperature that was fitted without its part of the items."""
    parts = folds_of(labels, groups, seed=seed)
    chances = np.empty(logits.shape)
    for part in range(N_FOLDS):
        out = parts == part
        if out.any():
            chances[out] = softmax(logits[out] / fit_temperature(logits[~out], labels[~out]))
    return chances
