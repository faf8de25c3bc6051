"""Figures from vectors; each in [0, 1], higher is better, unless it is a rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.tiny.towers import Vectors, unit
from search.evaluation.classification import one_hot, top_k_accuracy
from search.evaluation.ranking import Ints, ranks_of_answers

__all__ = ["accuracy", "area_under_curve", "few_shot", "ranks_of_answers", "retrieval"]


def retrieval(ranks: Ints, ks: tuple[int, ...] = (1, 5, 10)) -> dict[str, float]:
    """recall@k for each k, and the median rank (1 is best)."""
    found = {f"recall@{k}": float((ranks <= k).mean()) for k in ks}
    return {**found, "median rank": float(np.median(ranks))}


def accuracy(scores: NDArray[np.float32], labels: Ints) -> float:
    """The share of rows whose best column is their label."""
    return top_k_accuracy(scores, one_hot(labels, scores.shape[1]), 1)


def area_under_curve(scores: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    """How likely a positive scores above a negative; 0.5 is chance."""
    order = scores.argsort(kind="stable")
    place = np.empty(len(scores))
    place[order] = np.arange(1, len(scores) + 1)
    n = int(positive.sum())
    return float((place[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


def few_shot(
    train: Vectors, train_labels: Ints, test: Vectors, test_labels: Ints, n_shots: int, seed: int
) -> float:
    """Accuracy of a ridge-regression head on `n_shots` examples a label, mean of five draws."""
    found = []
    for draw in range(5):
        rng = np.random.default_rng((seed, draw))
        chosen = np.concatenate(
            [
                rng.permutation(np.flatnonzero(train_labels == label))[:n_shots]
                for label in np.unique(train_labels)
            ]
        )
        centre = train[chosen].mean(0)
        x, y = unit(train[chosen] - centre), train_labels[chosen]
        targets = np.eye(int(train_labels.max()) + 1, dtype=np.float32)[y]
        gram = x @ x.T + 0.3 * np.eye(len(x), dtype=np.float32)
        weights = x.T @ np.linalg.solve(gram, targets)
        found.append(accuracy(unit(test - centre) @ weights, test_labels))
    return float(np.mean(found))
