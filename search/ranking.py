"""Exact scores and orders, the same wherever a vector lies.

A score is the float32 nearest to the float64 inner product of the stored float16 vector and the
query. Fast float32 arithmetic only chooses candidates, with a margin wider than its error, so an
index, a filtered scan and the tail agree to the last bit and equal pictures tie exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray

ERROR_MARGIN = 1e-5
"""Twice the most that a float32 inner product of two unit vectors of some thousand dims errs."""

_BLOCK_ROWS = 256  # So that a block at float32 stays in the processor's cache.

Scores = npt.NDArray[np.float32]


def exact_scores(vectors: HalfMatrix | FloatMatrix, query: Scores) -> Scores:
    """Inner products of stored rows (n, dim) with a float32 query (dim,): float32, (n,)."""
    wide_query = query.astype(np.float64)
    blocks = [
        np.einsum("nd,d->n", vectors[start : start + _BLOCK_ROWS].astype(np.float64), wide_query)
        for start in range(0, len(vectors), _BLOCK_ROWS) or (0,)
    ]
    wide: npt.NDArray[np.float64] = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return wide.astype(np.float32)


def best_rows(
    vectors: HalfMatrix | FloatMatrix, query: Scores, k: int, *, rows: IdArray | None = None
) -> tuple[IdArray, Scores]:
    """The k rows of highest score, best first, equal scores by row; all if there are fewer.

    Args:
        vectors: shape (n, dim), float16, or float32 that was float16.
        rows: compare only these rows.
    """
    if rows is None:
        rows = np.arange(len(vectors), dtype=np.int64)
        blocks = (vectors[at : at + _BLOCK_ROWS] for at in range(0, len(rows), _BLOCK_ROWS))
    else:
        blocks = (vectors[rows[at : at + _BLOCK_ROWS]] for at in range(0, len(rows), _BLOCK_ROWS))
    rough = np.empty(len(rows), np.float32)
    at = 0
    for block in blocks:
        np.dot(block.astype(np.float32, copy=False), query, out=rough[at : at + len(block)])
        at += len(block)
    if k < len(rows):
        kth = np.partition(rough, len(rough) - k)[len(rough) - k]
        rows = rows[rough >= kth - ERROR_MARGIN]
    return rank(rows, exact_scores(vectors[rows], query), k)


def rank(rows: IdArray, scores: Scores, k: int) -> tuple[IdArray, Scores]:
    """The k best of these rows, best first, equal scores by row."""
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def unit(vector: npt.NDArray[np.floating]) -> npt.NDArray[np.float32] | None:
    """The vector at length one, None where it has no direction."""
    wide = vector.astype(np.float64)
    norm = float(np.linalg.norm(wide))
    if not np.isfinite(norm) or norm < 1e-6:
        return None
    return (wide / norm).astype(np.float32)


def check_queries(queries: FloatMatrix, dim: int, k: int) -> None:
    """Raise ValueError where a search is called with what its port does not allow."""
    if queries.ndim != 2 or queries.shape[1] != dim or queries.dtype != np.float32:
        raise ValueError(f"queries must be float32 (n, {dim}), not {queries.dtype} {queries.shape}")
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
