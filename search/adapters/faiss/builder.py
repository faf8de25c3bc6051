"""FAISS behind `VectorIndexBuilder`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from search.adapters.faiss.coding import open_coded, write_coded
from search.adapters.faiss.flat import open_flat, write_flat
from search.adapters.faiss.kinds import FLAT16, IVF_PQ4, KindPolicy
from search.domain.arrays import FloatMatrix, HalfMatrix
from search.errors import GenerationFormatError
from search.ports.vector_index import VectorIndex


class FaissIndexBuilder:
    """Builds the kind that the policy names for the number of rows, and opens every kind.

    Args:
        texts_of: unit vectors of texts in a space, float32 (n, dim), such as are asked for; None
            where it has none of this space and dimension.
    """

    def __init__(
        self,
        policy: KindPolicy | None = None,
        texts_of: Callable[[str, int], FloatMatrix | None] = lambda space_id, dim: None,
    ) -> None:
        self._policy = policy or KindPolicy()
        self._texts_of = texts_of

    def build(self, vectors: HalfMatrix, path: Path, *, space_id: str = "") -> str:
        """Write an index over `vectors` to `path`; returns its kind.

        Raises:
            MissingDependencyError: no FAISS is installed.
        """
        kind = self._policy.kind_for(len(vectors))
        if kind == FLAT16:
            write_flat(vectors, path)
        else:
            texts = self._texts_of(space_id, vectors.shape[1])
            write_coded(vectors, path, self._policy, texts)
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
