"""Choose what a head expects before labels can be kept out: on photos of things that are neither
groceries nor garments, and that the model never trained on.

    python -m benchmarks.categories_learning.expecting

Prints the mean log loss of kept-out photos, lower is better, for each choice.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np

from benchmarks.categories_learning.labelled import Labelled, things
from benchmarks.categories_learning.steps import some_of_each
from search.bootstrap import open_embedder
from search.categories.folds import N_FOLDS, folds_of
from search.categories.heads import Expectations, fit_head
from search.categories.scales import log_loss

N_DRAWS = 3
FACTORS = (0.4, 0.55, 0.7, 0.85, 1.0)
HEAD_FACTORS = (0.6, 1.2, 1.9, 2.6, 3.5)
STRENGTHS = (2.0, 4.0, 8.0, 16.0, 32.0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.categories_learning.expecting")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="tiny")
    chosen = parser.parse_args()
    photos = things(open_embedder(chosen.model), chosen.data)
    print(f"{len(photos.labels)} photos of {len(photos.classes)} classes")
    print(f"zero-shot: {log_loss(photos.zero_shot, photos.labels):.4f}")
    tried = {
        (own, head): loss_of(photos, 1, Expectations(zero_shot_factor=own, head_factor=head))
        for own, head in itertools.product(FACTORS, HEAD_FACTORS)
    }
    for (own, head), loss in sorted(tried.items(), key=lambda one: one[1]):
        print(f"1 a class, zero-shot factor {own}, head factor {head}: {loss:.4f}")
    own, head = min(tried, key=lambda one: tried[one])
    for strength in STRENGTHS:
        found = Expectations(zero_shot_factor=own, head_factor=head, strength=strength)
        losses = [loss_of(photos, n_each, found) for n_each in (2, 4)]
        print(f"2 and 4 a class, strength {strength:g}: {losses[0]:.4f} {losses[1]:.4f}")


def loss_of(photos: Labelled, n_each: int, expected: Expectations) -> float:
    """Mean over draws and parts."""
    losses = []
    for draw in range(N_DRAWS):
        parts = folds_of(photos.labels, photos.groups, seed=draw)
        for part in range(N_FOLDS):
            judged = parts == part
            rng = np.random.default_rng((draw, part))
            rows = some_of_each(photos.labels, np.flatnonzero(~judged), n_each, rng)
            fitted = fit_head(
                photos.vectors[rows],
                photos.labels[rows],
                photos.zero_shot[rows],
                photos.classes,
                expected=expected,
            )
            logits = fitted.head.logits(photos.vectors[judged], photos.zero_shot[judged])
            losses.append(log_loss(logits, photos.labels[judged]))
    return float(np.mean(losses))


if __name__ == "__main__":
    main()
