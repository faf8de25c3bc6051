"""An exact index that has the rows in an order of its own, as indexes of large galleries have."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from search.adapters.brute_force import BruteForceIndexBuilder
from search.domain.gallery import AS_SET, WantedRecall
from search.domain.space import EmbeddingSpace
from search.ports.vector_index import DraftRows


class ReorderingIndexBuilder(BruteForceIndexBuilder):
    """Orders rows by their first coordinates, which tell nothing of their items."""

    def build(
        self,
        rows: DraftRows,
        path: Path,
        *,
        space: EmbeddingSpace | None = None,
        wanted: WantedRecall = AS_SET,
    ) -> str:
        rows.reorder(np.lexsort(rows.vectors[:, :3].T))
        return super().build(rows, path, space=space, wanted=wanted)
