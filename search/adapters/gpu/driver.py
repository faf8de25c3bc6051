"""Whether there is a GPU."""

from __future__ import annotations

import ctypes
import sys

_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def may_have_gpu() -> bool:
    """Whether NVIDIA's driver is installed, which is known without loading torch."""
    try:
        ctypes.CDLL(_DRIVER)
    except OSError:
        return False
    return True


def check_device(wanted: str) -> None:
    """Raises UsageError where torch has no such device: `cuda`, `cuda:1`."""
    from search.adapters.openclip.hardware import choose_device

    choose_device(wanted)
