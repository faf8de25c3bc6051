"""What each of several serving processes has of the machine's processors."""

from __future__ import annotations

import os
from collections.abc import Sequence


def keep_to_share(number: int, n_processes: int) -> None:
    """Have this process, and what it starts, run on its share of the processors alone.

    A search passes from thread to thread, and what it needs lies in one processor's cache: a
    thread that wakes on another finds none of it. Nothing is done where there are fewer processors
    than processes, or the system has no such thing. To be called while there is one thread.
    """
    if hasattr(os, "sched_setaffinity"):
        share = share_of(sorted(os.sched_getaffinity(0)), number, n_processes)
        if share:
            os.sched_setaffinity(0, share)


def share_of(processors: Sequence[int], number: int, n_processes: int) -> Sequence[int]:
    """Neighbouring processors, which may share a cache; none where not everyone can have some."""
    n = len(processors)
    if n < n_processes:
        return ()
    return processors[number * n // n_processes : (number + 1) * n // n_processes]


def share_threads(n_processes: int) -> None:
    """Divide the processors among computations of processes that are started from now on, unless
    the environment says otherwise: torch, BLAS and FAISS would each take all in every process."""
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, _n_processors() // n_processes)))


def _n_processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
