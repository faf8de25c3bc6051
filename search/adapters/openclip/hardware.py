"""Which device and which precision a model runs in.

A precision is chosen by what the hardware has, and on a CPU also by what it gains: processors
with avx512_bf16 but without AMX can be slower in bfloat16 than in float32 (measured on an Emerald
Rapids with AMX masked: a linear layer took 1.9 times as long), others are 2.5 times faster, and
the flags do not tell which. A probe of some milliseconds does.
"""

from __future__ import annotations

import time

import torch

from search.errors import UsageError

PRECISIONS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
WORTHWHILE = 1.25
"""How many times faster bfloat16 has to be on a CPU before it is preferred."""


def choose_device(wanted: str = "auto") -> torch.device:
    """The device named, or for `auto` the best there is: CUDA, then MPS, then the CPU.

    Raises:
        UsageError: no such device here.
    """
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    kind = wanted.partition(":")[0]
    if kind not in ("cuda", "mps", "cpu"):
        raise UsageError(f"{wanted!r} is no device.", hint="Use auto, cuda, cuda:1, mps or cpu.")
    missing = (kind == "cuda" and not _has_cuda(wanted)) or (
        kind == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        raise UsageError(
            f"This machine has no device {wanted!r} that torch can use.",
            hint="Use auto, which takes the best device that is there.",
        )
    return torch.device(wanted)


def _has_cuda(wanted: str) -> bool:
    _, _, number = wanted.partition(":")
    if number and not number.isdigit():
        raise UsageError(f"{wanted!r} is no device.", hint="Use cuda or cuda:0, cuda:1 and so on.")
    return torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count()


def choose_precision(wanted: str, device: torch.device) -> torch.dtype:
    """The precision named, or for `auto` what suits the device.

    bfloat16 on CUDA devices that compute in it, float16 on older ones; on a CPU bfloat16 where
    it has avx512_bf16 or AMX and a probe finds it faster; float32 elsewhere.

    Raises:
        UsageError: no such precision.
    """
    if wanted != "auto":
        if wanted not in PRECISIONS:
            raise UsageError(
                f"{wanted!r} is no precision.", hint=f"Use auto, {', '.join(PRECISIONS)}."
            )
        return PRECISIONS[wanted]
    if device.type == "cuda":
        # Emulated bfloat16 is slower than float16, so ask for real hardware.
        native = torch.cuda.get_device_capability(device) >= (8, 0)
        return torch.bfloat16 if native or torch.version.hip else torch.float16
    if device.type == "cpu" and cpu_has_bfloat16() and cpu_gains_from_bfloat16():
        return torch.bfloat16
    return torch.float32


def cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself: avx512_bf16 or AMX."""
    flags = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    # torch names these with an underscore and offers no other way to ask.
    return any(bool(getattr(torch.cpu, flag, lambda: False)()) for flag in flags)


def cpu_gains_from_bfloat16() -> bool:
    """Whether a linear layer of a transformer's size runs clearly faster in bfloat16."""
    times = {dtype: _linear_time_s(dtype) for dtype in (torch.float32, torch.bfloat16)}
    return times[torch.float32] > WORTHWHILE * times[torch.bfloat16]


def _linear_time_s(dtype: torch.dtype, *, rounds: int = 5) -> float:
    """Seconds of the fastest of some rounds, so that a busy machine does not decide."""
    inputs = torch.ones(400, 768, dtype=dtype)
    weight = torch.ones(768, 768, dtype=dtype)
    best = float("inf")
    with torch.inference_mode():
        torch.nn.functional.linear(inputs, weight)
        for _ in range(rounds):
            started = time.perf_counter()
            torch.nn.functional.linear(inputs, weight)
            best = min(best, time.perf_counter() - started)
    return best
