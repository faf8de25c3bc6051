"""Coordinates in which the errors that codes make hurt the queries that are asked the least.

Codes keep what varies most among pictures, while words ask along other directions: plain codes of
64 bytes lose a fifth of a text query's best ten among 300 candidates that hold nearly all of them
in these coordinates. An inner product is the same in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix

_PICTURE_WEIGHT = 0.2
"""The rest is the weight of words, which are the harder queries."""

_EVERY_DIRECTION = 0.05
"""How much any direction counts, asked for or not: texts are fewer than dimensions."""

Wide = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Projection:
    """Two linear maps: the product of a mapped query and a mapped vector is that of the originals.

    Attributes:
        centre: float32, (dim,): is taken from vectors before they are mapped; a query's product
            with all vectors changes by one and the same number.
        of_vectors, of_queries: float32, (dim, dim); one is the other's inverse transposed.
    """

    centre: npt.NDArray[np.float32]
    of_vectors: FloatMatrix
    of_queries: FloatMatrix

    def vectors(self, rows: FloatMatrix) -> FloatMatrix:
        """Vectors, float32 (n, dim), in the coordinates of codes."""
        return np.ascontiguousarray((rows - self.centre) @ self.of_vectors.T)


def fit_projection(vectors: FloatMatrix, texts: FloatMatrix | None, *, n_parts: int) -> Projection:
    """Fit the coordinates to a sample of the vectors and of the texts that are asked for.

    With S the mean of q qᵀ over queries, a code's error e costs the mean of (q·e)² = eᵀ S e. Mapped
    by the square root of S it costs |e|², which is what training codes makes small.

    Args:
        vectors: float32, (n, dim).
        texts: float32, (n, dim), unit rows; None fits to pictures alone.
        n_parts: parts of equal length that codes divide a vector into; they come to vary alike.
    Source: LeanVec-OOD, Tepper et al. 2023, arXiv:2312.16335, here with all dimensions kept; the
        parts as in optimized product quantization, Ge et al. 2013, section 4.2.
    """
    dim = vectors.shape[1]
    centre = vectors.mean(axis=0)
    spread = _second_moment(vectors - centre)
    asked = _share(spread)
    if texts is not None and len(texts):
        asked = _PICTURE_WEIGHT * asked + (1 - _PICTURE_WEIGHT) * _share(_second_moment(texts))
    asked += _EVERY_DIRECTION * np.eye(dim) / dim
    values, directions = np.linalg.eigh(asked)
    root = (directions * np.sqrt(values)) @ directions.T
    inverse = (directions / np.sqrt(values)) @ directions.T
    _, axes = np.linalg.eigh(root @ spread @ root)
    # Axes by falling variance, dealt to the parts in turn.
    axes = axes.T[::-1][np.arange(dim).reshape(-1, n_parts).T.ravel()]
    return Projection(
        centre.astype(np.float32),
        np.ascontiguousarray(axes @ root, np.float32),
        np.ascontiguousarray(axes @ inverse, np.float32),
    )


def _second_moment(rows: FloatMatrix) -> Wide:
    return (rows.T @ rows / len(rows)).astype(np.float64)


def _share(moment: Wide) -> Wide:
    """At trace one; a moment of nothing stays nothing."""
    total = float(np.trace(moment))
    return moment / total if total > 0 else moment
