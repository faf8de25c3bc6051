"""Names for the numpy arrays that cross seams."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatMatrix = npt.NDArray[np.float32]
"""float32, shape (n, dim), C-contiguous; unit rows unless a docstring says otherwise."""

HalfMatrix = npt.NDArray[np.float16]
"""float16, shape (n, dim): embeddings as they are stored."""

IdArray = npt.NDArray[np.int64]
"""int64, shape (n,): ids of items or views, or row numbers of a generation."""

PixelBatch = npt.NDArray[np.uint8]
"""uint8, shape (n, height, width, 3), sRGB: pictures cut to a model's input size."""

BoolArray = npt.NDArray[np.bool_]
"""bool, shape (n,): whether something holds of each of n things."""
