"""Other queries of the same make: each term replaced by one that nobody asked for.

A query of words is compared with other words, one of a picture with other pictures of the gallery,
and "this picture, but not red" with other pictures minus other words, at the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.domain.arrays import FloatMatrix, IdArray
from search.domain.query import Term, TextTerm

N_PICTURES = 256
LEAST_PICTURES = 50
"""With fewer pictures in the gallery a picture's score cannot be judged beside theirs."""

_NO_VIEW = -1


@dataclass(frozen=True, slots=True)
class PictureSample:
    """Some of the gallery's views. `vectors`: float32, (n, dim)."""

    view_ids: IdArray
    vectors: FloatMatrix


@dataclass(frozen=True, slots=True)
class Background:
    """Queries that nobody asked.

    Attributes:
        vectors: float32, (n, dim), unit rows.
        view_ids: int64, (n, n_pictures): the views each is made of, which do not judge
            themselves.
    """

    vectors: FloatMatrix
    view_ids: IdArray


def picture_share(terms: Sequence[Term]) -> float:
    """How much of a query's weight lies on pictures, in [0, 1]."""
    total = sum(abs(term.weight) for term in terms)
    pictures = sum(abs(term.weight) for term in terms if not isinstance(term, TextTerm))
    return pictures / total if total else 0.0


def background_of(
    terms: Sequence[Term], texts: FloatMatrix | None, pictures: PictureSample | None
) -> Background | None:
    """Queries of the same make as these terms; None where there is too little to make them of.

    Args:
        texts: float32, (n, dim): vectors of `BACKGROUND_TEXTS`, where the query has words.
        pictures: where the query has pictures or items.
    """
    parts: list[tuple[float, FloatMatrix]] = []
    views: list[IdArray] = []
    for at, term in enumerate(terms):
        if isinstance(term, TextTerm):
            if texts is None:
                return None
            # Shifted by term, so that no word is weighed against itself.
            parts.append((term.weight, np.roll(texts, 7 * at, axis=0)))
        else:
            if pictures is None or len(pictures.view_ids) < LEAST_PICTURES:
                return None
            parts.append((term.weight, np.roll(pictures.vectors, 7 * at, axis=0)))
            views.append(np.roll(pictures.view_ids, 7 * at))
    if not parts:
        return None
    n = min(len(vectors) for _, vectors in parts)
    total = np.sum([np.float32(weight) * vectors[:n] for weight, vectors in parts], axis=0)
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    made_of = np.stack([ids[:n] for ids in views], axis=1) if views else _nothing(n)
    usable = lengths[:, 0] > 1e-6
    return Background((total / np.maximum(lengths, 1e-6))[usable], made_of[usable])


def _nothing(n: int) -> IdArray:
    return np.full((n, 1), _NO_VIEW, np.int64)
