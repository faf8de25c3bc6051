"""A small generation to open, break and verify."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from search.adapters.files.generations import GenerationStore
from search.domain.gallery import Gallery
from search.domain.indexing import ViewRows
from search.generations import GenerationIdentity

DIM = 8
GALLERY = Gallery(1, "default", "0123456789abcdef", 9, 0, None, None)
IDENTITY = GenerationIdentity(1, GALLERY.epoch, "tiny-abc", DIM, 9)


def rows(n: int, first: int = 0, dim: int = DIM) -> ViewRows:
    """Rows that are always the same: item i has views 2i and 2i + 1."""
    numbers = np.arange(first, first + n, dtype=np.int64)
    vectors = np.cos(np.outer(numbers + 1, np.arange(1, dim + 1)))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return ViewRows(numbers + 100, numbers // 2 + 1, vectors.astype(np.float16))


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    return GenerationStore(tmp_path / "generations")
