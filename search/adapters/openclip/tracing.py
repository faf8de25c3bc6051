"""A tower's operations one after the other, without Python between them.

A text that is asked alone is a hundred small operations: between them Python takes a quarter of the
time. torch calls its traces deprecated; where it has none any more, the tower runs as it is.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch

from search.adapters.openclip.graphs import Compute


def traced(compute: Compute, example: torch.Tensor) -> Compute:
    """The computation for inputs of the example's shape, which alone may decide its course.

    Raises:
        RuntimeError: it cannot be traced.
    """
    jit: Any = torch.jit
    if not hasattr(jit, "trace") or not hasattr(jit, "freeze"):
        raise RuntimeError("this torch has no traces")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # That it is deprecated, and that shapes become fixed.
        made: Compute = jit.freeze(jit.trace(compute, example, check_trace=False))
    return made
