"""FAISS behind `VectorIndexBuilder`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from search.adapters.faiss.coding import open_coded, write_coded
from search.adapters.faiss.flat import open_flat, write_flat
from search.adapters.faiss.kinds import FLAT16, IVF_PQ4, KindPolicy
from search.domain.arrays import FloatMatrix, HalfMatrix
from search.domain.gallery import AS_SET, WantedRecall
from search.domain.space import EmbeddingSpace
from search.errors import GenerationFormatError
from search.ports.vector_index import DraftRows, VectorIndex


class FaissIndexBuilder:
    """Builds the kind that the policy names for the number of rows, and opens every kind.

    Args:
        texts_of: unit vectors of texts such as are asked for in a space, float32 (n, dim); None
            where they cannot be had.
    """

    def __init__(
        self,
        policy: KindPolicy | None = None,
        texts_of: Callable[[EmbeddingSpace], FloatMatrix | None] = lambda space: None,
    ) -> None:
        self._policy = policy or KindPolicy()
        self._texts_of = texts_of

    def build(
        self,
        rows: DraftRows,
        path: Path,
        *,
        space: EmbeddingSpace | None = None,
        wanted: WantedRecall = AS_SET,
    ) -> str:
        """Write an index over rows to `path`; returns its kind.

        Raises:
            MissingDependencyError: no FAISS is installed.
        """
        kind = self._policy.kind_for(len(rows.vectors))
        if kind == FLAT16:
            write_flat(rows.vectors, path)
        else:
            texts = None if space is None else self._texts_of(space)
            write_coded(rows, path, self._policy.wanting(wanted), texts)
        return kind

    def open(self, path: Path, vectors: HalfMatrix, kind: str) -> VectorIndex:
        if kind == FLAT16:
            return open_flat(path, vectors, self._policy.compared_rows)
        if kind == IVF_PQ4:
            return open_coded(path, vectors, self._policy)
        raise GenerationFormatError(
            f"The index kind “{kind}” is not known.",
            hint="Upgrade Sightline, or run `sightline reindex` to build the index again.",
        )
