"""A generation's vectors in the memory of a GPU, and products with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch

from search.domain.arrays import FloatMatrix, HalfMatrix
from search.ranking import Scores

BLOCK_ROWS = 128
"""The best of so many rows stands for them: see `scan`."""

_COPIED_ROWS = 65_536
_PAIRS_AT_ONCE = 65_536
"""Of a query and a row, compared in float64: a quarter of a gibibyte at 512 dimensions."""

_ACCUMULATION_ERROR = 1e-5
"""Of a sum in float32 over the products of two unit vectors of some thousand dims."""


class DeviceVectors:
    """All vectors, float16, on a device; zeros fill up the last block.

    Args:
        vectors: float16, (n, dim).
    Raises:
        torch.OutOfMemoryError: the device has no room for them.
    """

    def __init__(self, vectors: HalfMatrix, device: torch.device) -> None:
        n_rows, dim = vectors.shape
        self.n_rows, self.device = n_rows, device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        with self.computing():
            n_filled = BLOCK_ROWS * -(-n_rows // BLOCK_ROWS)
            self.rows = torch.empty(n_filled, dim, dtype=torch.float16, device=device)
            for start in range(0, n_rows, _COPIED_ROWS):
                block = torch.from_numpy(np.array(vectors[start : start + _COPIED_ROWS]))
                self.rows[start : start + len(block)].copy_(block)
            self.rows[n_rows:].zero_()
            if self._stream is not None:
                self._stream.synchronize()  # Others read them in streams of their own.

    @contextmanager
    def computing(self) -> Iterator[None]:
        """What is done within goes beside what else the device computes, such as a model."""
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            yield

    def moved(self, array: npt.NDArray[np.generic]) -> torch.Tensor:
        """An array on the device."""
        # torch cannot share memory that it may not write to.
        return torch.from_numpy(np.array(array)).to(self.device)

    def at(self, numbers: torch.Tensor) -> torch.Tensor:
        """Rows by number, int64 (m,): float16, (m, dim)."""
        return self.rows.index_select(0, numbers)

    def exact_products(self, queries: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """Inner products as `search.ranking.exact_scores` has them.

        Args:
            queries: float32, (q, dim).
            numbers: of rows, for each query its own, int64, (q, m).
        Returns:
            float32, (q, m): the nearest to float64's.
        """
        wide = queries.to(torch.float64).unsqueeze(2)
        products = torch.empty(numbers.shape, dtype=torch.float32, device=self.device)
        n_columns = min(_PAIRS_AT_ONCE, numbers.shape[1])
        n_queries = max(1, _PAIRS_AT_ONCE // n_columns)
        for at in range(0, len(queries), n_queries):
            for first in range(0, numbers.shape[1], n_columns):
                some = (slice(at, at + n_queries), slice(first, first + n_columns))
                rows = self.at(numbers[some].reshape(-1)).to(torch.float64)
                rows = rows.view(*numbers[some].shape, -1)
                products[some] = (rows @ wide[some[0]]).squeeze(2).to(torch.float32)
        return products


def rough_products(queries: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Inner products of float16 queries (q, dim) and rows (m, dim): float32, (q, m)."""
    if queries.device.type != "cuda":
        queries, rows = queries.to(torch.float32), rows.to(torch.float32)
        return torch.mm(queries, rows.T)
    products: torch.Tensor = torch.mm(queries, rows.T, out_dtype=torch.float32)
    return products


def rounding_errors(queries: FloatMatrix) -> Scores:
    """The most by which rough products of queries (q, dim), rounded to float16, err: float32,
    (q,). By Cauchy-Schwarz, since rows are of length one."""
    lost = queries - queries.astype(np.float16).astype(np.float32)
    errors: Scores = 1.001 * np.linalg.norm(lost, axis=1) + _ACCUMULATION_ERROR
    return errors
