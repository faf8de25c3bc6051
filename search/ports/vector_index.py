"""The seam to vector indexes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.gallery import AS_SET, WantedRecall
from search.domain.rowset import RowSet
from search.domain.space import EmbeddingSpace
from search.ranking import Scores


class VectorIndex(Protocol):
    """An immutable index over the rows of one generation; any number of threads may search it."""

    def compares_all(self, n_allowed: int) -> bool:
        """Whether a search among so many rows compares each of them, and so is exact."""

    def search(
        self,
        queries: FloatMatrix,
        k: int,
        *,
        allowed: RowSet | None = None,
        exactly: bool = False,
    ) -> tuple[IdArray, FloatMatrix]:
        """The k nearest rows of each query by inner product.

        Args:
            queries: float32, shape (n_queries, dim), unit rows; not written to.
            k: at least 1; may exceed the number of rows.
            allowed: only these rows may answer.
            exactly: compare each of them, however long that takes.
        Returns:
            rows, int64, and scores, float32, both of shape (n_queries, min(k, n_allowed)), best
            first, equal scores by row. Never padded.
        """

    def told(self, query: Scores, share_found: float) -> None:
        """Hear how much of the exact answer to a query, float32 (dim,), was in the index's own:
        an index that does not compare everything may read more where that is too little."""


class DraftRows(Protocol):
    """The rows of a generation in the making, which a builder may put in an order of its own."""

    @property
    def vectors(self) -> HalfMatrix:
        """float16, shape (n_rows, dim)."""

    def reorder(self, order: IdArray) -> None:
        """Row i is from now on what was row order[i]; at most once."""


class RowsInMemory:
    """Draft rows that no generation is made of.

    Attributes:
        vectors: float16, shape (n_rows, dim).
        order: int64, (n_rows,), what number each row had at first.
    """

    def __init__(self, vectors: HalfMatrix) -> None:
        self.vectors = vectors
        self.order: IdArray = np.arange(len(vectors))

    def reorder(self, order: IdArray) -> None:
        self.vectors, self.order = self.vectors[order], order


class VectorIndexBuilder(Protocol):
    """Makes index files and opens them again."""

    def build(
        self,
        rows: DraftRows,
        path: Path,
        *,
        space: EmbeddingSpace | None = None,
        wanted: WantedRecall = AS_SET,
    ) -> str:
        """Write an index over rows to the file `path`; returns its kind for the manifest.

        The index is one of the rows as they lie afterwards.

        Args:
            rows: ordered by item, then view; equal vectors keep their order.
            space: the vectors' own; an index may fit itself to what words are in it.
            wanted: how much of the exact answer an index that does not compare everything finds.
        """

    def open(self, path: Path, vectors: HalfMatrix, kind: str) -> VectorIndex:
        """Open an index file of `kind` over the same `vectors`, memory-mapped where possible.

        Raises:
            GenerationFormatError: a kind this builder does not know.
            GenerationCorruptError: the file cannot be read as that kind, or does not fit.
        """
