"""Imports FAISS when it is first needed, and says what to install where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from search.errors import MissingDependencyError


def faiss_library() -> ModuleType:
    """The module `faiss`.

    Raises:
        MissingDependencyError: no build of FAISS is installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise MissingDependencyError(
            "FAISS is not installed.",
            hint="Install one of the extras sightline[cpu], sightline[gpu] (CUDA 13) or "
            "sightline[gpu-cu12] (CUDA 12).",
        ) from error
    return faiss


@contextmanager
def one_thread() -> Iterator[ModuleType]:
    """FAISS, with this thread's searches run in this thread alone.

    FAISS shares out queries, never one query's rows: a team of threads has nothing to do for a
    single query, and where the processors are busy, waiting for it took 23 ms instead of 0.4.
    """
    faiss = faiss_library()
    n_threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield faiss
    finally:
        faiss.omp_set_num_threads(n_threads)
