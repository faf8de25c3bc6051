"""A gallery in memory with everything a searcher needs, and what it should answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from indexer.folding import fold
from search.adapters.files.generations import GenerationStore
from search.domain.arrays import HalfMatrix
from search.domain.gallery import GenerationRow
from search.domain.item import ItemState
from search.domain.query import Answer, Query
from search.domain.space import EmbeddingSpace
from search.filters.ast import And
from search.ports.vector_index import VectorIndexBuilder
from search.ranking import Scores, exact_scores
from search.retrieval import Searcher
from tests.support.embedders import HashingEmbedder, hashed_vector
from tests.support.filters import holds
from tests.support.memory_catalogue import GALLERY_ID, MemoryCatalogue
from tests.support.reordering import ReorderingIndexBuilder

OLD, NEW = HashingEmbedder(0), HashingEmbedder(1)
WIDE = HashingEmbedder(2, dim=256)
"""With as many dimensions as a real model, so that other pictures' scores lie close to 0."""

EMBEDDERS = {embedder.space.id: embedder for embedder in (OLD, NEW, WIDE)}


def picture(name: str) -> dict[str, HalfMatrix]:
    """A picture's stored vectors in all spaces; equal names are equal pictures."""
    return {
        embedder.space.id: hashed_vector(name.encode(), embedder.space).astype(np.float16)
        for embedder in EMBEDDERS.values()
    }


def open_embedder(space: EmbeddingSpace) -> HashingEmbedder:
    return EMBEDDERS[space.id]


@dataclass
class Scene:
    """A gallery whose active space is `OLD`'s."""

    root: Path
    builder: VectorIndexBuilder = field(default_factory=ReorderingIndexBuilder)
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)

    def __post_init__(self) -> None:
        self.store = GenerationStore(self.root)
        self.catalogue.change_space(OLD.space)

    def searcher(self) -> Searcher:
        return Searcher(self.catalogue, "default", self.store, self.builder, open_embedder)

    def add(self, *names: str, **facts: object) -> int:
        """An item with one view per name."""
        return self.catalogue.add_item(
            [picture(name) for name in names],
            **facts,  # type: ignore[arg-type]
        )

    def fold(self, space: EmbeddingSpace = OLD.space) -> GenerationRow:
        row = fold(self.catalogue, self.store, self.builder, GALLERY_ID, space.id)
        if row is None:
            raise RuntimeError("another builder is at work")
        return row

    def brute_force(self, query: Query, direction: Scores) -> list[tuple[int, int, float]]:
        """Item, view and score of all hits of a query in this direction, by the plainest means."""
        contents = self.catalogue.contents
        space_id = contents.gallery.active_space_id
        where = And(()) if query.where is None else query.where
        best: dict[int, tuple[float, int]] = {}
        for item in contents.items.values():
            if item.state is ItemState.LIVE and holds(where, item):
                for view in item.views:
                    vector = contents.vectors[view.id][space_id or ""]
                    score = float(exact_scores(vector[np.newaxis], direction)[0])
                    best[item.id] = min(best.get(item.id, (9.0, 0)), (-score, view.id))
        ranked = sorted((score, item_id, view_id) for item_id, (score, view_id) in best.items())
        page = ranked[query.offset : query.offset + query.limit]
        return [(item_id, view_id, min(1.0, -score)) for score, item_id, view_id in page]


def found(answer: Answer) -> list[tuple[int, int, float | None]]:
    return [(hit.item.id, hit.view_id, hit.score) for hit in answer.hits]


def item_ids(answer: Answer) -> list[int]:
    return [hit.item.id for hit in answer.hits]


def without_time(answer: Answer) -> Answer:
    return replace(answer, took_ms=0.0)
