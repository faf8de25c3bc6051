"""How good guessed classes are, against labels. Every figure is in [0, 1], higher is better.

`scores` is (n, n_classes), any number that grows with belief; `truth` is bool of the same shape,
with one True a row (single-label) or any number (multi-label). Where a ratio has nothing below
its line it is 0, as scikit-learn has it; means over classes take the classes that have a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.evaluation.ranking import Bools, Floats, Ints, Scores, ranks_of_answers

NO_ANSWER = -1


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Each class's figures, all of shape (n_classes,).

    Attributes:
        n_labelled, n_guessed, n_right: how many carry the label, were guessed, and both.
    """

    n_labelled: Ints
    n_guessed: Ints
    n_right: Ints

    @property
    def precision(self) -> Floats:
        """The share of what was guessed that carries the label."""
        return ratio(self.n_right, self.n_guessed)

    @property
    def recall(self) -> Floats:
        """The share of what carries the label that was guessed."""
        return ratio(self.n_right, self.n_labelled)

    @property
    def f1(self) -> Floats:
        """The harmonic mean of precision and recall."""
        return ratio(2 * self.n_right, self.n_labelled + self.n_guessed)

    @property
    def macro(self) -> Mapping[str, float]:
        """Means over the classes that have a label: every class weighs the same."""
        has = self.n_labelled > 0
        return {
            "precision": float(self.precision[has].mean()),
            "recall": float(self.recall[has].mean()),
            "f1": float(self.f1[has].mean()),
        }

    @property
    def micro(self) -> Mapping[str, float]:
        """Over all guesses together: every guess weighs the same."""
        right, guessed = self.n_right.sum(), self.n_guessed.sum()
        labelled = self.n_labelled.sum()
        return {
            "precision": float(ratio(right, guessed)),
            "recall": float(ratio(right, labelled)),
            "f1": float(ratio(2 * right, labelled + guessed)),
        }


def class_figures(truth: Bools, guessed: Bools) -> ClassFigures:
    """Count labels and guesses, class by class.

    Source: Manning, Raghavan, Schütze, Introduction to Information Retrieval, 2008, sections 8.3
    and 13.6 (micro and macro means).
    """
    return ClassFigures(
        truth.sum(axis=0, dtype=np.int64),
        guessed.sum(axis=0, dtype=np.int64),
        (truth & guessed).sum(axis=0, dtype=np.int64),
    )


def top_k_accuracy(scores: Scores, truth: Bools, k: int) -> float:
    """The share of rows with a true class among their k best; equal scores never flatter.

    Every row has a true class.
    """
    return float((ranks_of_answers(scores, truth) <= k).mean())


def best_class(scores: Scores, threshold: float | None = None) -> Ints:
    """The column of each row's highest score, the first of equal ones: int64, (n,).

    `NO_ANSWER` where that score is below the threshold.
    """
    best: Ints = scores.argmax(axis=1).astype(np.int64)
    if threshold is not None:
        best[scores.max(axis=1) < threshold] = NO_ANSWER
    return best


def one_hot(classes: Ints, n_classes: int) -> Bools:
    """bool, (n, n_classes): True at each row's class, nowhere for `NO_ANSWER`."""
    rows: Bools = classes[:, np.newaxis] == np.arange(n_classes)
    return rows


def confusion_matrix(labels: Ints, guesses: Ints, n_classes: int) -> Ints:
    """How often each label (row) was taken for each class (column): int64.

    Shape (n_classes, n_classes + 1); the last column counts rows without an answer.
    """
    columns = np.where(guesses == NO_ANSWER, n_classes, guesses)
    counts: Ints = np.bincount(
        labels * (n_classes + 1) + columns, minlength=n_classes * (n_classes + 1)
    ).reshape(n_classes, n_classes + 1)
    return counts


def average_precision(scores: Scores, truth: npt.NDArray[np.bool_]) -> float:
    """The area under one class's precision-recall steps; nan where no row carries the label.

    Rows of equal score come in together. The sum, over falling thresholds, of the rise in recall
    times the precision there.

    Args:
        scores, truth: shape (n,), of one class.
    Source: Manning et al. 2008, section 8.4; the definition of scikit-learn's
    `average_precision_score`.
    """
    n_true = int(truth.sum())
    if n_true == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(truth[order])
    last_of_equals = np.append(np.diff(scores[order]) != 0, True)
    n_right = right[last_of_equals]
    precision = n_right / (np.flatnonzero(last_of_equals) + 1)
    rises = np.diff(n_right, prepend=0) / n_true
    return float((rises * precision).sum())


def average_precisions(scores: Scores, truth: Bools) -> Floats:
    """`average_precision` of each class: float64, (n_classes,), nan where it has no label."""
    return np.array([average_precision(scores[:, c], truth[:, c]) for c in range(scores.shape[1])])


def ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> Floats:
    """Element by element, 0 where there is nothing below the line."""
    numerator, denominator = np.asarray(above, np.float64), np.asarray(below, np.float64)
    return np.divide(numerator, denominator, out=np.zeros_like(denominator), where=denominator != 0)
