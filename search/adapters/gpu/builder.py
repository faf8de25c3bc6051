"""A GPU behind `VectorIndexBuilder`: the vectors of a generation of any kind are all it needs."""

from __future__ import annotations

import logging
from pathlib import Path

from search.adapters.faiss.kinds import FLAT16, KindPolicy
from search.domain.arrays import HalfMatrix
from search.domain.gallery import AS_SET, WantedRecall
from search.domain.space import EmbeddingSpace
from search.ports.vector_index import DraftRows, VectorIndex, VectorIndexBuilder

_log = logging.getLogger(__name__)


class GpuIndexBuilder:
    """Opens indexes on a GPU where there is one with room; builds for processors.

    Args:
        processors: builds all, and opens what is small, and what a GPU has no room for.
        wanted: `cuda`, `cuda:1` or `auto`, which is none where there is none.
        least_rows: a processor compares fewer as fast.
    """

    def __init__(
        self, processors: VectorIndexBuilder, wanted: str = "auto", least_rows: int = 20_000
    ) -> None:
        self._processors = processors
        self._wanted = wanted
        self._least_rows = least_rows

    def build(
        self,
        rows: DraftRows,
        path: Path,
        *,
        space: EmbeddingSpace | None = None,
        wanted: WantedRecall = AS_SET,
    ) -> str:
        return self._processors.build(rows, path, space=space, wanted=wanted)

    def open(self, path: Path, vectors: HalfMatrix, kind: str) -> VectorIndex:
        """As `VectorIndexBuilder.open`; raises UsageError where the GPU that is named is not
        there."""
        if len(vectors) < self._least_rows:
            return self._processors.open(path, vectors, kind)
        by_processors = None
        if kind == FLAT16:
            # This costs nothing, and refuses a damaged file.
            by_processors = self._processors.open(path, vectors, kind)
        return self._on_gpu(vectors) or by_processors or self._processors.open(path, vectors, kind)

    def _on_gpu(self, vectors: HalfMatrix) -> VectorIndex | None:
        import torch

        from search.adapters.gpu.index import GpuIndex
        from search.adapters.gpu.vectors import DeviceVectors
        from search.adapters.openclip.hardware import choose_device

        device = choose_device(self._wanted)
        if device.type != "cuda":
            return None
        try:
            on_device = DeviceVectors(vectors, device)
            return GpuIndex(vectors, on_device, KindPolicy().compared_rows)
        except torch.OutOfMemoryError:
            _log.warning("The GPU has no room for %d rows: processors search them.", len(vectors))
            return None
