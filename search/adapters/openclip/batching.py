"""How many inputs go through a model at once."""

from __future__ import annotations

import threading

import psutil
import torch

from search.domain.space import Preprocessing
from search.errors import EmbedderError

CPU_MOST = 32
"""More at once makes a CPU no faster and its caches miss."""
CUDA_MOST = 512
ACTIVATIONS_PER_INPUT = 64
"""Memory that a picture takes on its way through a tower, in sizes of its float32 input; an
upper bound for the towers that open_clip knows (RN50x64 takes 30)."""


class BatchSize:
    """The largest batch that fits. Found from free memory, halved where that was too hopeful."""

    def __init__(self, preprocessing: Preprocessing, device: torch.device, wanted: int = 0) -> None:
        self._lock = threading.Lock()
        self._value = wanted or _from_memory(preprocessing, device)

    @property
    def value(self) -> int:
        return self._value

    def halve(self, failed: int) -> None:
        """Remember that a batch of `failed` inputs does not fit.

        Raises:
            EmbedderError: not even one does.
        """
        if failed <= 1:
            raise EmbedderError(
                "There is not enough memory to embed even one input.",
                hint="Close other programs, use --device cpu, or take a smaller model.",
            )
        with self._lock:
            self._value = max(1, min(self._value, failed // 2))


def _from_memory(preprocessing: Preprocessing, device: torch.device) -> int:
    per_input = preprocessing.height * preprocessing.width * 3 * 4 * ACTIVATIONS_PER_INPUT
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return _power_of_two(min(CUDA_MOST, int(free * 0.7) // per_input))
    return _power_of_two(min(CPU_MOST, psutil.virtual_memory().available // 4 // per_input))


def _power_of_two(limit: int) -> int:
    """The greatest power of two up to `limit`; at least 1."""
    return 1 << max(0, max(1, limit).bit_length() - 1)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch raised this because memory, the device's or the machine's, ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text
    )
