"""The rows of a generation in the making: vectors in a file, ids in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from search.domain.arrays import HalfMatrix, IdArray
from search.domain.indexing import ViewRows
from search.errors import VectorIndexError
from search.item_rows import ItemRows

_BLOCK_ROWS = 16_384


class DraftRowsFile:
    """A `DraftRows` whose vectors are mapped.

    Attributes:
        view_ids, item_ids: int64, (n_rows,), of the rows as they lie now.
        by_item: int64, (n_rows,), the rows by item, then view.
    """

    def __init__(self, path: Path, dim: int, view_ids: IdArray, item_ids: IdArray) -> None:
        self._path = path
        self._dim = dim
        self.view_ids = view_ids
        self.item_ids = item_ids
        self.by_item: IdArray = np.arange(len(view_ids))

    @classmethod
    def written(
        cls, path: Path, dim: int, blocks: Iterable[ViewRows], on_block: Callable[[], None]
    ) -> DraftRowsFile:
        """Write vectors to a file.

        Args:
            on_block: called after each block; may raise.
        Raises:
            VectorIndexError: a block is not of so many dimensions, or rows are not in order.
        """
        view_ids, item_ids = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        with path.open("wb") as file:
            for block in blocks:
                if block.vectors.shape != (len(block), dim) or len(block.item_ids) != len(block):
                    raise VectorIndexError(
                        f"Vectors of shape {block.vectors.shape} do not fit {dim} dimensions."
                    )
                file.write(np.ascontiguousarray(block.vectors, "<f2").tobytes())
                view_ids.append(block.view_ids)
                item_ids.append(block.item_ids)
                on_block()
        rows = cls(path, dim, np.concatenate(view_ids), np.concatenate(item_ids))
        if not ItemRows(rows.item_ids, rows.view_ids).are_in_order():
            raise VectorIndexError("The rows are not ordered by item, then view.")
        return rows

    def __len__(self) -> int:
        return len(self.view_ids)

    @property
    def vectors(self) -> HalfMatrix:
        return map_vectors(self._path, len(self), self._dim)

    def reorder(self, order: IdArray) -> None:
        before, aside = self.vectors, self._path.with_suffix(".reordered")
        with aside.open("wb") as file:
            for start in range(0, len(order), _BLOCK_ROWS):
                file.write(before[order[start : start + _BLOCK_ROWS]].tobytes())
        aside.replace(self._path)
        self.view_ids, self.item_ids = self.view_ids[order], self.item_ids[order]
        self.by_item = np.empty(len(order), np.int64)
        self.by_item[order] = np.arange(len(order))

    def write_ids(self, path: Path) -> None:
        """Write the ids to a file as a generation holds them."""
        with path.open("wb") as file:
            for ids in (self.view_ids, self.item_ids, self.by_item):
                file.write(ids.astype("<i8").tobytes())


def map_vectors(path: Path, n_rows: int, dim: int) -> HalfMatrix:
    """The vectors in a file: float16, (n_rows, dim), read-only."""
    if n_rows == 0:
        return np.empty((0, dim), np.float16)
    return np.memmap(path, "<f2", "r", shape=(n_rows, dim)).view(np.ndarray)
