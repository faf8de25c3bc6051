"""FAISS behind `VectorIndex`; imported when the first index is built or opened."""

from search.adapters.faiss.builder import FaissIndexBuilder
from search.adapters.faiss.kinds import KindPolicy

__all__ = ["FaissIndexBuilder", "KindPolicy"]
