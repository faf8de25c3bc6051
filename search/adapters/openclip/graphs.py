"""Batches whose kernels CUDA starts by itself, from a recording.

A tower is some hundred kernels, and Python starts them one by one: a query waits for that longer
than for the kernels, and while decoders answer and rows are stored each start has to wait for the
interpreter. A recorded batch is started at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch
from torch import nn

Compute = Callable[[torch.Tensor], torch.Tensor]
Record = Callable[[Compute, torch.Tensor], Compute]
"""Makes of a computation and an example of its input one that is faster for inputs of that shape.

Its results are overwritten by the next one.
"""

SAME_COSINE = 0.9999
"""What a recording has to keep to the batch it was made with; kernels may differ in rounding."""

_MOST = 64
"""Recordings of one tower: each takes a little of the device's memory."""

_HARDLY_SHORT = 0.75
"""A batch that fills so much of the next power of two is filled up; others are divided."""
_SMALL = 32
"""Up to here, a batch takes hardly longer than one of half its size."""


class Recorded:
    """A tower whose batches are recorded once their size comes again.

    The first batch of a size runs as it is: small jobs do not pay for recordings, and torch
    prepares for the size. Where recording fails or embeds in another way, nothing is recorded any
    more. Used by one thread at a time.
    """

    def __init__(self, tower: Compute, record: Record) -> None:
        self._tower = tower
        self._record = record
        self._recordings: dict[tuple[int, ...], Compute] = {}
        self._seen: set[tuple[int, ...]] = set()
        self._records = True

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        """What the tower makes of at least one input, row by row, in memory of its own."""
        rows = []
        start = 0
        for size, n in parts(len(inputs)):
            part = inputs[start : start + n]
            rows.append(self._compute(filled_up(part, size))[:n].clone())
            start += n
        return rows[0] if len(rows) == 1 else torch.cat(rows)

    def _compute(self, inputs: torch.Tensor) -> torch.Tensor:
        shape = tuple(inputs.shape)
        if shape in self._recordings:
            return self._recordings[shape](inputs)
        rows = self._tower(inputs)
        if self._records and shape in self._seen and len(self._recordings) < _MOST:
            self._keep(shape, inputs, rows)
        self._seen.add(shape)
        return rows

    def _keep(self, shape: tuple[int, ...], inputs: torch.Tensor, rows: torch.Tensor) -> None:
        if not bool(rows.isfinite().all()):
            return  # An input without direction, with which nothing can be compared.
        try:
            recording = self._record(self._tower, inputs)
        except RuntimeError:  # Too little memory, or the tower waits for answers of the device.
            self._records = False
            return
        alike = nn.functional.cosine_similarity(rows, recording(inputs)).min() >= SAME_COSINE
        if bool(alike):
            self._recordings[shape] = recording
        else:
            self._records = False


def parts(n: int) -> list[tuple[int, int]]:
    """Batches for `n` inputs: the size each is filled up to, a power of two, and its inputs."""
    found = []
    while n > 0:
        size = 1 << (n - 1).bit_length()
        if size > _SMALL and n < _HARDLY_SHORT * size:
            size //= 2
        found.append((size, min(n, size)))
        n -= size
    return found


def filled_up(inputs: torch.Tensor, size: int) -> torch.Tensor:
    """The inputs, with as many copies of the last one as are missing."""
    if len(inputs) == size:
        return inputs
    return torch.cat([inputs, inputs[-1:].expand(size - len(inputs), *inputs.shape[1:])])


class CudaRecorder:
    """Records CUDA graphs on one device. They share memory, so one of them runs at a time."""

    _one_at_a_time = threading.Lock()

    def __init__(self, device: torch.device) -> None:
        self._pool = torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def __call__(self, compute: Compute, example: torch.Tensor) -> Compute:
        inputs = example.clone()
        graph = torch.cuda.CUDAGraph()
        recording = torch.cuda.graph(
            graph,
            pool=self._pool,
            stream=self._stream,
            capture_error_mode="thread_local",  # Other threads go on using the device.
        )
        with self._one_at_a_time, recording:
            rows = compute(inputs)

        def replay(given: torch.Tensor) -> torch.Tensor:
            inputs.copy_(given)
            graph.replay()
            return rows

        return replay
