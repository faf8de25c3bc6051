"""A batch is shared among lanes: threads that each compute their part without the others' help.

Where one computation is spread over all processors, every step waits for the slowest of them, and
decoders or searches make one of them slow again and again. Lanes wait for each other once a batch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import torch

N_LANES = 2
_LEAST_PART = 4
"""Smaller parts read the weights for too little."""


class OneLane:
    """For devices that share out by themselves."""

    def run(
        self, compute: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor
    ) -> torch.Tensor:
        return compute(batch)


class Lanes:
    """Computes batches on a CPU. Used by one thread at a time."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def run(
        self, compute: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor
    ) -> torch.Tensor:
        """What `compute` makes of a batch, row by row."""
        if torch.get_num_threads() < N_LANES or len(batch) < N_LANES * _LEAST_PART:
            return compute(batch)
        if self._pool is None:
            self._pool = _pool(torch.get_num_threads() // N_LANES)
        parts = [self._pool.submit(compute, part) for part in batch.tensor_split(N_LANES)]
        wait(parts)  # So that no lane goes on where another failed.
        return torch.cat([part.result() for part in parts])


def _pool(n_threads: int) -> ThreadPoolExecutor:
    """Threads for which torch uses so many processors; for others that number stays."""
    n_before = torch.get_num_threads()
    pool = ThreadPoolExecutor(N_LANES, thread_name_prefix="lane")
    together = threading.Barrier(N_LANES)

    def begin() -> None:
        together.wait()
        torch.set_num_threads(n_threads)
        # A thread takes the number of processors over when it first shares work out.
        torch.ones(2**20).add_(1)
        together.wait()

    for started in [pool.submit(begin) for _ in range(N_LANES)]:
        started.result()
    torch.set_num_threads(n_before)
    return pool
