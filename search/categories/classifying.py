"""Pictures that need not be in a gallery, against a taxonomy."""

from __future__ import annotations

import numpy as np

from search.categories.scoring import Scorer
from search.classification import ClassProbability, best
from search.domain.arrays import FloatMatrix


def class_probabilities(
    scorer: Scorer, vectors: FloatMatrix, top_k: int | None = None
) -> list[list[ClassProbability]]:
    """Each picture's categories, likeliest first, named by their paths.

    Args:
        vectors: float32, (n, dim), unit rows, in the scorer's space.
    """
    asking = scorer.asking
    paths = [asking.paths[node] for node in asking.class_node.tolist()]
    found = []
    for _, chances in scorer.blocks(np.arange(len(vectors)), vectors):
        found += [best(paths, row[: asking.n_own], top_k) for row in chances]
    return found
