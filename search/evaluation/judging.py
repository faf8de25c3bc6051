"""Guessed classes held against labels: all figures of one classification, and its mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search.errors import UsageError
from search.evaluation.classification import (
    NO_ANSWER,
    ClassFigures,
    average_precisions,
    best_class,
    class_figures,
    confusion_matrix,
    one_hot,
    ratio,
    top_k_accuracy,
)
from search.evaluation.labelled import LabelledPicture, truth_table
from search.evaluation.ranking import Bools, Floats, Ints, Scores, mean
from search.evaluation.reliability import Reliability, reliability

N_MISTAKES = 24
MULTI_LABEL_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture whose likeliest class is none of its labels."""

    uri: str
    labels: tuple[str, ...]
    guess: str
    probability: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What one classification is worth.

    Attributes:
        multi_label: some picture has several labels, or none that is offered counts as a miss of
            each; then a class is guessed where its probability reaches the threshold.
        summary: figures over all pictures, in [0, 1].
        confusion: labels (rows) against guesses, the last column without an answer; None with
            several labels a picture.
        mistakes: the likeliest wrong guesses first.
    """

    classes: tuple[str, ...]
    n_pictures: int
    multi_label: bool
    threshold: float | None
    summary: dict[str, float]
    by_class: ClassFigures
    average_precision: Floats
    confusion: Ints | None
    reliability: Reliability
    mistakes: tuple[Mistake, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it; what cannot be measured is null."""
        columns = zip(
            self.classes,
            self.by_class.n_labelled.tolist(),
            self.by_class.precision.tolist(),
            self.by_class.recall.tolist(),
            self.by_class.f1.tolist(),
            self.average_precision.tolist(),
            strict=True,
        )
        return {
            "pictures": self.n_pictures,
            "multi_label": self.multi_label,
            "threshold": self.threshold,
            **{name: _or_none(value) for name, value in self.summary.items()},
            "classes": [
                {
                    "class": name,
                    "pictures": n,
                    "precision": precision,
                    "recall": recall,
                    "f1": f1,
                    "average_precision": _or_none(ap),
                }
                for name, n, precision, recall, f1, ap in columns
            ],
            "confusion": None if self.confusion is None else self.confusion.tolist(),
            "reliability": [
                {"pictures": n, "confidence": confidence, "accuracy": accuracy}
                for n, confidence, accuracy in zip(
                    self.reliability.n.tolist(),
                    self.reliability.confidence.tolist(),
                    self.reliability.accuracy.tolist(),
                    strict=True,
                )
            ],
            "mistakes": [
                {
                    "uri": one.uri,
                    "labels": list(one.labels),
                    "guess": one.guess,
                    "probability": one.probability,
                }
                for one in self.mistakes
            ],
        }


def judge(
    scores: Scores,
    pictures: Sequence[LabelledPicture],
    classes: Sequence[str],
    *,
    threshold: float | None = None,
    n_mistakes: int = N_MISTAKES,
) -> Judged:
    """Hold probabilities against the pictures' labels.

    Args:
        scores: probabilities in [0, 1], (n_pictures, n_classes).
        pictures: each with at least one label among the classes.
        threshold: below it a guess counts as no answer. Without one, the likeliest class is
            always the guess; with several labels a picture, 0.5 is taken.
    Raises:
        UsageError: no picture, or one without a label among the classes.
    """
    truth = truth_table(pictures, classes)
    if not len(truth) or not truth.any(axis=1).all():
        raise UsageError("There is no picture with one of these labels to measure by.")
    multi = bool((truth.sum(axis=1) > 1).any())
    if multi and threshold is None:
        threshold = MULTI_LABEL_THRESHOLD
    guess = best_class(scores, threshold)
    guessed = one_hot(guess, len(classes))
    if multi and threshold is not None:
        guessed = scores >= threshold
    best = scores.argmax(axis=1)
    right = truth[np.arange(len(truth)), best]
    by_class = class_figures(truth, guessed)
    aps = average_precisions(scores, truth)
    bins = reliability(scores.max(axis=1).astype(np.float64), right)
    return Judged(
        classes=tuple(classes),
        n_pictures=len(truth),
        multi_label=multi,
        threshold=threshold,
        summary=_summary(scores, truth, guess, by_class, aps, bins),
        by_class=by_class,
        average_precision=aps,
        confusion=None if multi else confusion_matrix(truth.argmax(axis=1), guess, len(classes)),
        reliability=bins,
        mistakes=_mistakes(scores, right, pictures, classes, n_mistakes),
    )


def _summary(
    scores: Scores,
    truth: Bools,
    guess: Ints,
    by_class: ClassFigures,
    aps: Floats,
    bins: Reliability,
) -> dict[str, float]:
    answered = guess != NO_ANSWER
    right = truth[np.arange(len(truth)), guess] & answered
    macro, micro = by_class.macro, by_class.micro
    return {
        "top_1": top_k_accuracy(scores, truth, 1),
        "top_5": top_k_accuracy(scores, truth, 5),
        "answered": float(answered.mean()),
        "right_of_answered": float(ratio(right.sum(), answered.sum())),
        **{f"macro_{name}": value for name, value in macro.items()},
        **{f"micro_{name}": value for name, value in micro.items()},
        "mean_average_precision": mean(aps),
        "expected_calibration_error": bins.expected_error,
    }


def _mistakes(
    scores: Scores,
    right: Bools,
    pictures: Sequence[LabelledPicture],
    classes: Sequence[str],
    n: int,
) -> tuple[Mistake, ...]:
    best = scores.argmax(axis=1)
    wrong = np.flatnonzero(~right)
    surest = wrong[np.argsort(-scores.max(axis=1)[wrong], kind="stable")][:n]
    return tuple(
        Mistake(pictures[i].uri, pictures[i].labels, classes[best[i]], float(scores[i, best[i]]))
        for i in surest
    )


def confused_pairs(judged: Judged, n: int = 10) -> list[tuple[str, str, int]]:
    """The label and the class that it was most often taken for, with how often."""
    if judged.confusion is None:
        return []
    counts = judged.confusion[:, :-1].copy()
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:n]
    rows, columns = np.unravel_index(order, counts.shape)
    return [
        (judged.classes[row], judged.classes[column], int(counts[row, column]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if counts[row, column]
    ]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
