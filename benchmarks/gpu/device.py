"""What is measured on, how long something takes there, and the most it can multiply."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

_LEAST_S = 0.4
_WARM_UP = 3
_SIDE = 8192
_COPIED_BYTES = 2**32


def device() -> torch.device:
    """CUDA where there is some; else the processor, where only the short form makes sense."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def described() -> dict[str, Any]:
    """The device and the versions that figures depend on."""
    import open_clip

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "processor"
    return {"device": name, "torch": torch.__version__, "open_clip": open_clip.__version__}


def seconds(compute: Callable[[], object], *, least_s: float = _LEAST_S) -> float:
    """Seconds that one call takes on the device, warm, over as many as fill `least_s`."""
    for _ in range(_WARM_UP):
        compute()
    n_calls = 1
    while True:
        took_s = _timed(compute, n_calls)
        if took_s >= least_s:
            return took_s / n_calls
        n_calls = max(2 * n_calls, int(n_calls * least_s / max(took_s, 1e-6)))


def matrix_rate(side: int = _SIDE) -> float:
    """Operations a second of a square product in bfloat16 on random values."""
    left, right = (torch.randn(side, side, device=device()).to(torch.bfloat16) for _ in range(2))
    return 2 * side**3 / seconds(lambda: left @ right, least_s=1.0)


def copy_rate(n_bytes: int = _COPIED_BYTES) -> float:
    """Bytes a second that the device reads and writes when it copies its memory."""
    source = torch.empty(n_bytes, dtype=torch.uint8, device=device()).random_()
    target = torch.empty_like(source)
    return 2 * n_bytes / seconds(lambda: target.copy_(source))


def _timed(compute: Callable[[], object], n_calls: int) -> float:
    if device().type == "cpu":
        began = time.perf_counter()
        for _ in range(n_calls):
            compute()
        return time.perf_counter() - began
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(n_calls):
        compute()
    end.record()
    torch.cuda.synchronize()
    return float(begin.elapsed_time(end)) / 1e3
