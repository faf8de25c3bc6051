"""What a decoding process may not do: outlive its parent, print, take too much memory.

Everything here is called once, in the process itself, before it touches a picture.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def ignore_interrupts() -> None:
    """Ctrl-C is the parent's to handle; a decoding process ends when its parent lets go of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def silence() -> None:
    """Send what codecs print to nowhere; libtiff and others write to the descriptors directly."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def die_with_parent(parent_pid: int) -> None:
    """End at once when the parent does, even in the middle of a picture (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(0)


def limit_memory(limit_bytes: int) -> None:
    """Let allocations fail beyond what the process has now plus `limit_bytes` (Linux).

    RLIMIT_DATA counts private writable memory, so neither shared libraries nor address space
    that allocators and threads only reserve counts.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = _private_bytes()
    if held is None:
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (held + limit_bytes, held + limit_bytes))


def resident_bytes() -> int:
    """Memory the process holds now; 0 where the system does not tell cheaply."""
    try:
        pages = Path("/proc/self/statm").read_bytes().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def _private_bytes() -> int | None:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return None
