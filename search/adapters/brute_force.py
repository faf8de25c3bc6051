"""Exact search by reading every vector, with numpy alone: small galleries, and the yardstick."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.gallery import AS_SET, WantedRecall
from search.domain.rowset import RowSet
from search.domain.space import EmbeddingSpace
from search.errors import GenerationCorruptError, GenerationFormatError
from search.ports.vector_index import DraftRows
from search.ranking import Scores, best_rows, check_queries

KIND = "brute-force"
_CONTENT = b"sightline brute force: the vectors are the index\n"


class BruteForceIndex:
    """Compares every allowed row, a block at a time."""

    def __init__(self, vectors: HalfMatrix) -> None:
        self._vectors = vectors

    def compares_all(self, n_allowed: int) -> bool:
        return True

    def search(
        self,
        queries: FloatMatrix,
        k: int,
        *,
        allowed: RowSet | None = None,
        exactly: bool = False,
    ) -> tuple[IdArray, FloatMatrix]:
        check_queries(queries, self._vectors.shape[1], k)
        kept = None if allowed is None else allowed.numbers
        n_found = min(k, len(self._vectors) if kept is None else len(kept))
        rows = np.empty((len(queries), n_found), np.int64)
        scores = np.empty((len(queries), n_found), np.float32)
        for i, query in enumerate(queries):
            rows[i], scores[i] = best_rows(self._vectors, query, k, rows=kept)
        return rows, scores

    def told(self, query: Scores, share_found: float) -> None:
        """It finds everything."""


class BruteForceIndexBuilder:
    """Writes a file that only says so, since the vectors themselves are the index."""

    def build(
        self,
        rows: DraftRows,
        path: Path,
        *,
        space: EmbeddingSpace | None = None,
        wanted: WantedRecall = AS_SET,
    ) -> str:
        path.write_bytes(_CONTENT)
        return KIND

    def open(self, path: Path, vectors: HalfMatrix, kind: str) -> BruteForceIndex:
        if kind != KIND:
            raise GenerationFormatError(
                f"The index kind “{kind}” is not known.",
                hint="Run `sightline reindex` to build the index again.",
            )
        try:
            content = path.read_bytes()
        except OSError as error:
            raise GenerationCorruptError(
                f"The index file {path} cannot be read: {error.strerror}.",
                hint="Run `sightline repair`.",
            ) from error
        if content != _CONTENT:
            raise GenerationCorruptError(
                f"The index file {path} is damaged.", hint="Run `sightline repair`."
            )
        return BruteForceIndex(vectors)
