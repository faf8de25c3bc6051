"""FAISS behind `VectorIndexBuilder`."""

from __future__ import annotations

from pathlib import Path

from search.adapters.faiss.flat import open_flat, write_flat
from search.adapters.faiss.inverted import open_inverted, write_inverted
from search.adapters.faiss.kinds import FLAT16, IVF_SQ8, KindPolicy
from search.domain.arrays import HalfMatrix
from search.errors import GenerationFormatError
from search.ports.vector_index import VectorIndex


class FaissIndexBuilder:
    """Builds the kind that the policy names for the number of rows, and opens every kind."""

    def __init__(self, policy: KindPolicy | None = None) -> None:
        self._policy = policy or KindPolicy()

    def build(self, vectors: HalfMatrix, path: Path) -> str:
        """Write an index over `vectors` to `path`; returns its kind.

        Raises:
            MissingDependencyError: no FAISS is installed.
        """
        kind = self._policy.kind_for(len(vectors))
        if kind == FLAT16:
            write_flat(vectors, path)
        else:
            write_inverted(vectors, path, self._policy)
        return kind

    def open(self, path: Path, vectors: HalfMatrix, kind: str) -> VectorIndex:
        if kind == FLAT16:
            return open_flat(path, vectors)
        if kind == IVF_SQ8:
            return open_inverted(path, vectors, self._policy)
        raise GenerationFormatError(
            f"The index kind “{kind}” is not known.",
            hint="Upgrade Sightline, or run `sightline reindex` to build the index again.",
        )
