"""Training a head for classes that are judged each on its own, from few examples of each.

What nobody has said counts as not of a class: the items that were labelled for others, and some
that nobody spoke about at all, drawn from the gallery. So one class alone can be learnt from a
dozen examples, and its line comes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.categories.folds import N_FOLDS, folds_of
from search.categories.heads import EXPECTED, FEWEST_TO_CHECK
from search.categories.linear_head import HeadReport, LinearHead
from search.categories.reliability import reliability
from search.categories.ridge import PENALTIES, Sums
from search.categories.scales import Floats, Logits, apart, fit_factors, log_loss, sigmoid
from search.categories.thresholds import Threshold, fit_threshold
from search.errors import UsageError
from search.evaluation.classification import average_precisions

MOST_PAIRS = 10_000
"""Pairs of item and class that the factors are fitted to."""

Said = npt.NDArray[np.int8]
"""shape (n, n_classes): 1 is of the class, -1 is not, 0 nobody has said."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedApart:
    """A head, what it does on unseen labels, the lines that follow, and the logits they are from.

    Attributes:
        lines: of the classes with enough examples.
        kept_out: float64, (n_rows, n_classes): each row's logits by a head that has not seen it.
    """

    head: LinearHead
    report: HeadReport
    lines: tuple[Threshold, ...]
    kept_out: Floats


def fit_heads_apart(
    embeddings: npt.NDArray[np.floating], said: Said, zero_shot: Logits, classes: Sequence[str]
) -> FittedApart:
    """Train one regression for each class that has examples, all with the same factors.

    Args:
        embeddings: shape (n, dim), unit rows, labelled items and others; not written to.
        said: what people said of them.
        zero_shot: shape (n, n_classes), each class's own logit.
        classes: a name for each column.
    Raises:
        UsageError: no class has an example, or there is nothing that is not one.
    """
    is_of = said == 1
    taught = np.flatnonzero(is_of.any(axis=0))
    if not len(taught):
        raise UsageError(
            "There is nothing to learn from: no item has been accepted.",
            hint="Accept a category for some items first.",
        )
    if is_of[:, taught].all():
        raise UsageError(
            "There is nothing to learn from but examples.",
            hint="Index some pictures that are none, too.",
        )
    first = np.where(is_of.any(axis=1), is_of.argmax(axis=1), len(classes))
    parts = folds_of(first.astype(np.int64))
    sums = Sums(embeddings, is_of, parts, N_FOLDS)
    checked = np.array([c for c in taught if len(np.unique(parts[is_of[:, c]])) > 1], np.int64)
    rows, columns = _pairs(said, checked)
    penalty = EXPECTED.first_penalty
    factors = (*EXPECTED.factors(penalty), 0.0)
    scores = sums.kept_out_scores(penalty)
    enough = int(is_of[:, checked].sum()) >= FEWEST_TO_CHECK
    if enough:
        penalty, factors, scores = _best(sums, zero_shot, is_of, rows, columns)
    head = LinearHead(tuple(classes), sums.ridge(penalty), *factors, apart=True)
    kept_out = np.asarray(zero_shot, np.float64).copy()
    kept_out[:, taught] *= factors[0]
    kept_out[:, taught] += factors[1] * scores[:, taught] + factors[2]
    if not enough:
        checked = checked[:0]
    report = _report(said, taught, checked, zero_shot, kept_out, (rows, columns))
    lines = tuple(
        fit_threshold(classes[c], sigmoid(kept_out[:, c]), is_of[:, c]) for c in checked.tolist()
    )
    return FittedApart(head, report, lines, kept_out)


def _pairs(
    said: Said, columns: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Rows and columns of what is checked: all that was said, and as many of the others as fit."""
    rows, at = np.nonzero(said[:, columns])
    others, others_at = np.nonzero(said[:, columns] == 0)
    step = max(1, -(-len(others) // MOST_PAIRS))
    rows, at = np.append(rows, others[::step]), np.append(at, others_at[::step])
    return rows, columns[at]


def _best(
    sums: Sums,
    zero_shot: Logits,
    is_of: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.int64],
) -> tuple[float, tuple[float, float, float], npt.NDArray[np.float32]]:
    """Penalty, factors with the offset, and scores, with the least loss on kept-out pairs."""
    truth = np.where(is_of[rows, columns], 0, 1).astype(np.int64)
    one = np.ones(len(rows))
    tried = []
    for penalty in PENALTIES:
        scores = sums.kept_out_scores(penalty)
        sources = [zero_shot[rows, columns], scores[rows, columns], one, -one]
        a, b, up, down = fit_factors(
            [apart(source) for source in sources],
            truth,
            expected=(*EXPECTED.factors(penalty), 1.0, 1.0),
            strength=EXPECTED.strength,
        )
        logits = a * sources[0] + b * sources[1] + up - down
        tried.append((log_loss(apart(logits), truth), penalty, (a, b, up - down), scores))
    _, penalty, factors, scores = min(tried, key=lambda found: found[:2])
    return penalty, factors, scores


def _report(
    said: Said,
    taught: npt.NDArray[np.intp],
    checked: npt.NDArray[np.int64],
    zero_shot: Logits,
    kept_out: Floats,
    pairs: tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]],
) -> HeadReport:
    is_of = said == 1
    counts = is_of[:, taught].sum(axis=0)
    about = (
        int((said != 0).any(axis=1).sum()),
        len(taught),
        int(counts.min()),
        int(is_of[:, checked].sum()),
    )
    measure = "average_precision"
    if not len(checked):
        note = "Too few examples to keep some out and check: give ten or more."
        return HeadReport(*about, note=note, measure=measure)
    truth = is_of[:, checked]
    before = float(average_precisions(zero_shot[:, checked], truth).mean())
    after = float(average_precisions(kept_out[:, checked], truth).mean())
    rows, columns = pairs
    labels = np.where(is_of[rows, columns], 0, 1).astype(np.int64)
    own, new = zero_shot[rows, columns], kept_out[rows, columns]
    return HeadReport(
        *about,
        zero_shot_accuracy=before,
        accuracy=after,
        zero_shot_loss=log_loss(apart(own), labels),
        loss=log_loss(apart(new), labels),
        calibration_error=reliability(sigmoid(new), labels == 0).error,
        note="" if after >= before else "The head is worse than the zero-shot guesses.",
        measure=measure,
    )
