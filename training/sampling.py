"""Which rows a step sees: a function of the seed and the step's number, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def epoch_rows(pool: NDArray[np.int64], step: int, size: int, seed: int) -> NDArray[np.int64]:
    """The `step`-th batch of `size` members of a pool that is shuffled anew in each epoch.

    int64 (size,); a batch never crosses from one epoch to the next.
    """
    per_epoch = max(1, len(pool) // size)
    epoch, place = divmod(step, per_epoch)
    order = np.random.default_rng((seed, epoch)).permutation(len(pool))
    chosen = order[place * size : (place + 1) * size]
    if len(chosen) < size:
        chosen = np.resize(order, size)
    return pool[chosen]


def step_rng(seed: int, step: int) -> np.random.Generator:
    """The only source of chance that a step may use."""
    return np.random.default_rng((seed, 7919, step))


class Prefetch:
    """Make the next steps' batches on a thread while this step computes."""

    def __init__(self, make: Callable[[int], T], n_steps: int, depth: int = 3) -> None:
        self._make = make
        self._n_steps = n_steps
        self._depth = depth
        self._pool = ThreadPoolExecutor(1)
        self._waiting: dict[int, Future[T]] = {}

    def __call__(self, step: int) -> T:
        for number in range(step, min(step + self._depth, self._n_steps)):
            if number not in self._waiting:
                self._waiting[number] = self._pool.submit(self._make, number)
        return self._waiting.pop(step).result()

    def __iter__(self) -> Iterator[T]:
        return (self(step) for step in range(self._n_steps))
