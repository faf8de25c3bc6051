"""How the batches of a model's inputs are computed: one after the other, or shared among lanes.

Lanes are threads that each compute their part without the others' help. Where one computation is
spread over all processors, every step waits for the slowest of them, and decoders or searches make
one of them slow again and again. A lane takes the next part, whosever it is, as soon as it is done
with one: they wait for each other only where nothing is left to do.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

import numpy as np
import torch

from search.adapters.openclip.graphs import Compute
from search.adapters.openclip.transfer import Transfer, as_tensor
from search.domain.arrays import PixelBatch

N_LANES = 2
_LEAST_PART = 4
"""Smaller parts read the weights for too little."""


class OneLane:
    """For devices that share out by themselves: batch after batch, the next copied meanwhile."""

    def __init__(self, device: torch.device, lock: threading.Lock) -> None:
        self._transfer = Transfer(device)
        self._lock = lock

    def run(self, compute: Compute, pixels: PixelBatch, most: int) -> Iterator[torch.Tensor]:
        """What `compute` makes of all pixels, in their order, of `most` at once."""
        batches = (pixels[start : start + most] for start in range(0, len(pixels), most))
        for batch in self._transfer.ahead(batches):
            with self._lock:
                rows = compute(batch)
            yield rows


class Lanes:
    """Computes on a CPU, for any number of threads at once.

    Args:
        lock: held where pictures are too few to be shared, and all processors compute them; lanes
            go on meanwhile.
    """

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._pool_lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def run(self, compute: Compute, pixels: PixelBatch, most: int) -> Iterator[torch.Tensor]:
        """What `compute` makes of all pixels, in their order; lanes have `most` between them."""
        pool = self._started()
        if pool is None or min(most, len(pixels)) < N_LANES * _LEAST_PART:
            for start in range(0, len(pixels), most):
                with self._lock:
                    rows = compute(as_tensor(pixels[start : start + most]))
                yield rows
            return
        n_parts = N_LANES * math.ceil(len(pixels) / most)
        parts = [
            pool.submit(lambda part: compute(as_tensor(part)), part)
            for part in np.array_split(pixels, n_parts)
        ]
        try:
            for part in parts:
                yield part.result()
        finally:
            _abandon(parts)

    def _started(self) -> ThreadPoolExecutor | None:
        """The lanes; None where processors are too few."""
        with self._pool_lock:
            # Asked in here: a thread that asks first while lanes start would keep their number.
            n_threads = torch.get_num_threads()
            if self._pool is None and n_threads >= N_LANES:
                self._pool = _pool(n_threads // N_LANES)
            return self._pool


def _abandon(parts: list[Future[torch.Tensor]]) -> None:
    """Have no lane go on with what nobody waits for, such as after a part that failed."""
    for part in parts:
        part.cancel()
    wait(parts)


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
