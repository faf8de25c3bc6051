"""Training a linear head: what people's labels add to a model's own guesses.

    fitted = fit_head(embeddings, labels, zero_shot_logits, classes)
    fitted.head.probabilities(embeddings, zero_shot_logits)

A ridge regression over stored embeddings, in closed form, added to the zero-shot scores. How much
each of the two counts is fitted to labels that the regression has not seen; with few labels the
zero-shot scores lead, with many the regression does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.categories.folds import N_FOLDS, folds_of
from search.categories.linear_head import HeadReport, LinearHead
from search.categories.reliability import top_one_reliability
from search.categories.ridge import PENALTIES, Sums
from search.categories.scales import Labels, Logits, fit_factors, log_loss, mixed, softmax
from search.errors import UsageError


@dataclass(frozen=True, slots=True)
class Expectations:
    """How much each source counts before any label has been kept out to check; with few labels
    they decide, with many they are forgotten.

    Chosen on photos of things that are neither groceries nor garments, of words that the model
    knows and of words that it never saw; see `benchmarks/categories_learning/expecting`.

    Attributes:
        zero_shot_factor: of the model's own scores, in shares of what fits them best alone.
        head_factor: of the regression's, for a small penalty: a larger one makes them smaller.
        first_penalty: of the regression, while no label can be kept out: the most careful.
        strength: how many labels the expectations are worth.
    """

    zero_shot_factor: float = 0.85
    head_factor: float = 1.5
    first_penalty: float = PENALTIES[-1]
    strength: float = 2.0

    def factors(self, penalty: float, trust: float = 1.0) -> tuple[float, float]:
        """Of the model's own scores and of the regression's.

        Args:
            trust: the factor that fits the model's own scores best while they are alone. Where it
                is low the model hardly knows the words, and the regression counts for more.
        """
        return self.zero_shot_factor * trust, self.head_factor * (1 + penalty) / trust


EXPECTED = Expectations()

MOST_TO_FIT = 2_000
"""Kept-out labels that the two factors are fitted to; more change them no longer."""

FEWEST_TO_CHECK = 10
"""Kept-out labels below which the expectations above are used as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedHead:
    """A head, what it does on unseen labels, and their logits.

    Attributes:
        checked: int64, the labelled rows that were kept out in turn.
        kept_out: float64, (n_checked, n_classes): the logits of each by a head that has not seen
            it; None where there were too few to check.
    """

    head: LinearHead
    report: HeadReport
    checked: npt.NDArray[np.int64]
    kept_out: npt.NDArray[np.float64] | None


def fit_head(
    embeddings: npt.NDArray[np.floating],
    labels: Labels,
    zero_shot: Logits,
    classes: Sequence[str],
    *,
    groups: Sequence[object] | None = None,
    expected: Expectations = EXPECTED,
) -> FittedHead:
    """Train a head, and say what it does on labels it has not seen.

    Args:
        embeddings: shape (n, dim), unit rows; not written to.
        labels: int64, shape (n,), columns of `zero_shot`.
        zero_shot: shape (n, n_classes), logits with the model's own scale.
        classes: a name for each column. A class without labels keeps its zero-shot score.
        groups: see `folds_of`; give them where photos come in series.
    Raises:
        UsageError: no labels, labels of one class only, or shapes that do not belong together.
    """
    _check(embeddings, labels, zero_shot, classes)
    parts = folds_of(labels, groups)
    is_of = labels[:, np.newaxis] == np.arange(len(classes))
    sums = Sums(embeddings, is_of, parts, N_FOLDS)
    checked = _checkable(labels, parts)
    n_checked = int(checked.sum())
    penalty = expected.first_penalty
    # No label has to be kept out for this: the model's own scores have learnt from none of them.
    (trust,) = fit_factors([zero_shot], labels, expected=[1.0], strength=expected.strength)
    factors = expected.factors(penalty, trust)
    best: npt.NDArray[np.float64] | None = None
    if n_checked >= FEWEST_TO_CHECK:
        factors, penalty, best = _best(sums, labels, zero_shot, checked, expected, trust)
    head = LinearHead(tuple(classes), sums.ridge(penalty), *factors)
    report = _report(labels, zero_shot, checked, best)
    return FittedHead(head, report, np.flatnonzero(checked), best)


def _check(
    embeddings: npt.NDArray[np.floating], labels: Labels, zero_shot: Logits, classes: Sequence[str]
) -> None:
    if not len(embeddings) == len(labels) == len(zero_shot) or zero_shot.shape[1] != len(classes):
        raise UsageError(
            "The labels do not belong to these embeddings.", hint="Give one label for each row."
        )
    if len(np.unique(labels)) < 2:
        raise UsageError(
            "There is nothing to learn from labels of fewer than two classes.",
            hint="Accept some pictures of another class, too.",
        )


def _checkable(labels: Labels, parts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Rows whose class has labels in another part, too."""
    counts = np.zeros((N_FOLDS, int(labels.max()) + 1), np.int64)
    np.add.at(counts, (parts, labels), 1)
    elsewhere = counts.sum(axis=0)[labels] - counts[parts, labels]
    return np.asarray(elsewhere > 0)


def _best(
    sums: Sums,
    labels: Labels,
    zero_shot: Logits,
    checked: npt.NDArray[np.bool_],
    expected: Expectations,
    trust: float,
) -> tuple[tuple[float, float], float, npt.NDArray[np.float64]]:
    """Factors and penalty with the least loss on kept-out labels, and the logits there."""
    rows = np.flatnonzero(checked)
    fitted = rows[:: -(-len(rows) // MOST_TO_FIT)]
    tried = []
    for penalty in PENALTIES:
        scores = sums.kept_out_scores(penalty)
        sources = [zero_shot[fitted], scores[fitted]]
        zero_shot_factor, head_factor = fit_factors(
            sources,
            labels[fitted],
            expected=expected.factors(penalty, trust),
            strength=expected.strength,
        )
        factors = (zero_shot_factor, head_factor)
        tried.append((log_loss(mixed(sources, factors), labels[fitted]), penalty, factors, scores))
    _, penalty, factors, scores = min(tried, key=lambda one: one[:2])
    return factors, penalty, mixed([zero_shot[rows], scores[rows]], factors)


def _report(
    labels: Labels,
    zero_shot: Logits,
    checked: npt.NDArray[np.bool_],
    logits: npt.NDArray[np.float64] | None,
) -> HeadReport:
    counts = np.bincount(labels)
    counts = counts[counts > 0]
    about = (len(labels), len(counts), int(counts.min()), int(checked.sum()))
    if logits is None:
        note = "Too few labels to keep some out and check: give two or more for each class."
        return HeadReport(*about, note=note)
    truth, own = labels[checked], zero_shot[checked]
    accuracy = float((logits.argmax(axis=1) == truth).mean())
    before = float((own.argmax(axis=1) == truth).mean())
    note = "" if accuracy >= before else "The head is worse than the zero-shot guesses."
    return HeadReport(
        *about,
        zero_shot_accuracy=before,
        accuracy=accuracy,
        zero_shot_loss=log_loss(own, truth),
        loss=log_loss(logits, truth),
        calibration_error=top_one_reliability(softmax(logits), truth).error,
        note=note,
    )
