"""FAISS indexes over memory of numpy's, which they see in place."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.library import faiss_library


def flat_index(dim: int) -> Any:
    """A FAISS index of float16 without rows."""
    faiss = faiss_library()
    return faiss.IndexScalarQuantizer(
        dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )


def see_in_place(index: Any, codes: npt.NDArray[Any]) -> bool:
    """Point a flat index at codes, one row each, without a copy; False where this FAISS cannot."""
    owner = getattr(getattr(_mapped_index(), "codes", None), "owner", None)
    if owner is None or not codes.flags.c_contiguous or not len(codes):
        return False
    faiss = faiss_library()
    address = faiss.swig_ptr(codes.view(np.uint8).reshape(-1))
    index.codes = faiss.MaybeOwnedVectorUInt8.create_view(address, codes.nbytes, owner)
    index.ntotal = len(codes)
    return True


@cache
def _mapped_index() -> Any:
    """One of the smallest indexes, mapped from a file.

    FAISS sees memory in place only as part of a file that it has mapped. This one's owner stands
    for that of numpy's memory, and lives as long as the process.
    """
    faiss = faiss_library()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "index")
        index = flat_index(1)
        index.add(np.zeros((1, 1), np.float32))
        faiss.write_index(index, path)
        return faiss.read_index(path, getattr(faiss, "IO_FLAG_MMAP_IFC", 0))
