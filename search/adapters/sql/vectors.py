"""Vectors as the store keeps them: float16, little-endian, dim numbers, unit length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from search.domain.arrays import HalfMatrix
from search.errors import ConflictError, EmbedderError

STORED = np.dtype("<f2")
UNIT_TOLERANCE = 0.01  # float16 rounds a unit vector's length by far less


def to_bytes(vectors: Sequence[npt.NDArray[Any]], dim: int) -> list[bytes]:
    """Each vector as it is stored.

    Raises:
        ConflictError: a vector of another length than the space's.
        EmbedderError: not a unit vector; NaN and infinity included.
    """
    if not vectors:
        return []
    for vector in vectors:
        if vector.shape != (dim,):
            raise ConflictError(
                f"A vector of shape {vector.shape} does not fit a space of {dim} dimensions.",
                hint="The model that made it is not the one of this embedding space.",
            )
    rows = np.stack(vectors).astype(STORED, copy=False)
    if not are_unit(rows).all():
        raise EmbedderError(
            "The model gave something that is not a unit vector, so it was not stored.",
            hint="Try --precision float32; if that helps, the hardware's lower precision is off.",
        )
    return [row.tobytes() for row in rows]


def are_unit(rows: HalfMatrix) -> npt.NDArray[np.bool_]:
    """Whether each row has length one, up to rounding; False for NaN and infinity."""
    wide = rows.astype(np.float32)
    squares = np.einsum("ij,ij->i", wide, wide)
    unit: npt.NDArray[np.bool_] = np.abs(squares - 1.0) < 2 * UNIT_TOLERANCE
    return unit


def from_bytes(stored: Sequence[bytes], dim: int) -> HalfMatrix:
    """float16, shape (n, dim), C-contiguous and writable, in the machine's byte order."""
    flat = np.frombuffer(bytearray().join(stored), dtype=STORED)
    return flat.reshape(len(stored), dim).astype(np.float16, copy=False)
