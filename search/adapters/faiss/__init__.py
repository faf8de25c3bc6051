"""FAISS behind `VectorIndex`; imported when the first index is built or opened."""

from search.adapters.faiss.builder import FaissIndexBuilder
from search.adapters.faiss.kinds import KindPolicy
from search.adapters.faiss.trials import FaissIndexTrials

__all__ = ["FaissIndexBuilder", "FaissIndexTrials", "KindPolicy"]
