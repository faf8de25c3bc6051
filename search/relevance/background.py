"""Other queries of the same make: each term replaced by one that nobody asked for.

A query of words is compared with other words, one of a picture with other pictures of the gallery,
and "this picture, but not red" with other pictures minus other words, at the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from search.domain.arrays import FloatMatrix, IdArray
from search.domain.query import Term, TextTerm
from search.relevance.scale import Doubles, middle_of

N_PICTURES = 256
LEAST_PICTURES = 50
"""With fewer pictures in the gallery a picture's score cannot be judged beside theirs."""


@dataclass(frozen=True)
class PictureSample:
    """Some of the gallery's views. `vectors`: float32, (n, dim)."""

    view_ids: IdArray
    vectors: FloatMatrix

    @cached_property
    def middle(self) -> Doubles:
        """The mean vector, float64, (dim,)."""
        return middle_of(self.vectors)


def picture_share(terms: Sequence[Term]) -> float:
    """How much of a query's weight lies on pictures, in [0, 1]."""
    total = sum(abs(term.weight) for term in terms)
    pictures = sum(abs(term.weight) for term in terms if not isinstance(term, TextTerm))
    return pictures / total if total else 0.0


def background_of(
    terms: Sequence[Term], texts: FloatMatrix | None, pictures: PictureSample
) -> FloatMatrix | None:
    """Queries of the same make as these terms: float32, (n, dim), unit rows; None where there is
    too little to make them of.

    Args:
        texts: float32, (n, dim), unit rows: `BACKGROUND_TEXTS`, where the query has words.
        pictures: stand in for the query's pictures and items.
    """
    parts: list[tuple[float, FloatMatrix]] = []
    for at, term in enumerate(terms):
        if isinstance(term, TextTerm):
            vectors = texts
        else:
            vectors = pictures.vectors if len(pictures.view_ids) >= LEAST_PICTURES else None
        if vectors is None:
            return None
        # Shifted by term, so that nothing is weighed against itself.
        parts.append((term.weight, np.roll(vectors, 7 * at, axis=0) if at else vectors))
    if not parts:
        return None
    if len(parts) == 1 and parts[0][1] is texts:
        return texts if parts[0][0] > 0 else -texts
    n = min(len(vectors) for _, vectors in parts)
    total, *others = [np.float32(weight) * vectors[:n] for weight, vectors in parts]
    for other in others:
        total += other
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    usable = lengths[:, 0] > 1e-6
    return np.asarray((total / np.maximum(lengths, 1e-6))[usable], np.float32)
