"""Imports FAISS when it is first needed, and says what to install where it is missing."""

from __future__ import annotations

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
