"""How much to trust each source of scores: non-negative factors, fitted to labels.

One source and its factor is temperature scaling (Guo et al. 2017, arXiv:1706.04599); two sources
mix what a model says with what a trained head says. Both are the conditional logit model, whose
likelihood is concave, so Newton's method finds the one best answer in a few steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.floating]
"""shape (n, n_classes): higher is likelier; only differences within a row matter."""

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_STEPS = 50
_SMALLEST = 1e-3
"""The first factor never falls below, so that the order of the classes is kept."""


def softmax(logits: Logits) -> Floats:
    """Rows that sum to 1; float64, shape (n, n_classes)."""
    if not logits.size:
        return logits.astype(np.float64)
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def sigmoid(logits: Logits) -> Floats:
    """Chances in [0, 1] of logits that are judged each on its own; of any shape, no overflow."""
    chances: Floats = 0.5 * (1 + np.tanh(0.5 * logits.astype(np.float64)))
    return chances


def apart(logits: Logits) -> Floats:
    """Logits of yes-or-no questions as two columns, yes and no: shape (n, 2)."""
    return np.stack([logits.astype(np.float64), np.zeros(len(logits))], axis=1)


def log_loss(logits: Logits, labels: Labels) -> float:
    """Mean negative log likelihood in nats; lower is better, 0 is perfect, 0.0 without rows."""
    if not len(labels):
        return 0.0
    wide = logits.astype(np.float64)
    top = wide.max(axis=1)
    totals = top + np.log(np.exp(wide - top[:, None]).sum(axis=1))
    return float((totals - wide[np.arange(len(labels)), labels]).mean())


def mixed(sources: Sequence[Logits], factors: Sequence[float]) -> Floats:
    """The sources added up, each times its factor; float64, shape (n, n_classes)."""
    total = np.zeros(sources[0].shape)
    for source, factor in zip(sources, factors, strict=True):
        total += factor * source
    return total


def fit_factors(
    sources: Sequence[Logits],
    labels: Labels,
    *,
    expected: Sequence[float],
    strength: float = 1.0,
) -> tuple[float, ...]:
    """The factors under which the labels are likeliest.

    Args:
        sources: each shape (n, n_classes); not written to.
        labels: int64, shape (n,), columns of the sources.
        expected: positive; what each factor is without labels.
        strength: how many labels the expectation is worth, at least above 0.
    Returns:
        One factor for each source: the first positive, the others 0 or more.
    """
    middle = np.asarray(expected, np.float64)
    factors = middle.copy()
    held = np.zeros(len(factors), bool)
    for _ in range(_STEPS):
        slope, bend = _derivatives(sources, labels, factors)
        slope += strength * (factors - middle) / middle**2
        bend += strength * np.diag(1 / middle**2)
        held = (factors <= 0) & (slope > 0)
        free = ~held
        step = np.zeros(len(factors))
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        following = _shorter(sources, labels, factors, step, middle, strength)
        moved = float(np.abs(following - factors).max())
        factors = following
        if moved < 1e-6 * float(middle.max()):
            break
    return tuple(float(factor) for factor in factors)


def _shorter(
    sources: Sequence[Logits],
    labels: Labels,
    factors: Floats,
    step: Floats,
    middle: Floats,
    strength: float,
) -> Floats:
    """The step, halved until the loss does not rise; the factors themselves if it never falls."""
    least = np.zeros(len(factors))
    least[0] = _SMALLEST * middle[0]
    before = _objective(sources, labels, factors, middle, strength)
    for _ in range(30):
        following: Floats = np.maximum(factors - step, least)
        if _objective(sources, labels, following, middle, strength) <= before + 1e-12:
            return following
        step = step / 2
    return factors


def _objective(
    sources: Sequence[Logits], labels: Labels, factors: Floats, middle: Floats, strength: float
) -> float:
    penalty = strength / 2 * float((((factors - middle) / middle) ** 2).sum())
    return len(labels) * log_loss(mixed(sources, list(factors)), labels) + penalty


def _derivatives(
    sources: Sequence[Logits], labels: Labels, factors: Floats
) -> tuple[Floats, Floats]:
    """First and second derivatives of the summed log loss in the factors."""
    chances = softmax(mixed(sources, list(factors)))
    rows = np.arange(len(labels))
    means = [(chances * source).sum(axis=1) for source in sources]
    slope = np.array(
        [(mean - source[rows, labels]).sum() for mean, source in zip(means, sources, strict=True)],
        np.float64,
    )
    bend = np.empty((len(sources), len(sources)))
    for i, one in enumerate(sources):
        for j, other in enumerate(sources[: i + 1]):
            common = (chances * one * other).sum(axis=1) - means[i] * means[j]
            bend[i, j] = bend[j, i] = common.sum()
    return slope, bend
