"""What a gallery holds, in a form that two indexings of the same photos can be compared in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.verify import verify
from search.bootstrap import (
    open_catalogue,
    open_generation_store,
    open_index_builder,
    open_searcher,
)
from search.domain.item import ItemState, ViewState
from search.domain.query import ItemTerm, Query
from search.settings import Settings

TIE = 1e-3
DEPTH = 10

Key = tuple[str, str, str]
"""uri, content hash, space."""


@dataclass(frozen=True)
class Contents:
    """A gallery, told by uris instead of ids.

    Attributes:
        vectors: the embedding of each live view.
        missing: uris of missing items.
        top: for some items, the ten most similar others with their scores, best first.
        problems: what `verify` says.
    """

    vectors: dict[Key, npt.NDArray[np.float32]]
    n_items: int
    missing: set[str]
    top: dict[str, list[tuple[str, float]]]
    problems: list[str]


def contents_of(settings: Settings, n_queries: int = 5) -> Contents:
    """Read the gallery `default`, search it as every client would, and verify it."""
    catalogue = open_catalogue(settings)
    try:
        with catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            space_id = gallery.active_space_id or ""
            items = snapshot.list_items(gallery.id, limit=100_000)
            by_view = {
                view_id: vector.astype(np.float32)
                for rows in snapshot.view_rows(gallery.id, space_id)
                for view_id, vector in zip(rows.view_ids.tolist(), rows.vectors, strict=True)
            }
        live = [item for item in items if item.state is ItemState.LIVE]
        views = [view for i in live for view in i.views if view.state is ViewState.LIVE]
        keys = [(view.uri, view.content_hash, space_id) for view in views]
        if len(set(keys)) != len(keys):
            raise AssertionError("a photo is there twice")
        searcher = open_searcher(settings, catalogue=catalogue)
        queries = sorted(live, key=lambda item: item.uri)[:: max(1, len(live) // n_queries)]
        top = {}
        for item in queries:
            answer = searcher.answer(Query((ItemTerm(item.id),), limit=DEPTH))
            top[item.uri] = [(hit.item.uri, hit.score or 0.0) for hit in answer.hits]
        problems = verify(
            catalogue, open_generation_store(settings), open_index_builder(settings), "default"
        )
        return Contents(
            vectors={key: by_view[v.id] for key, v in zip(keys, views, strict=True)},
            n_items=len(items),
            missing={item.uri for item in items if item.state is ItemState.MISSING},
            top=top,
            problems=[problem.what for problem in problems],
        )
    finally:
        catalogue.close()


def assert_equal_contents(found: Contents, expected: Contents) -> None:
    """The same photos, hashes and space; cosines above 0.9999; the same top ten up to ties."""
    assert found.vectors.keys() == expected.vectors.keys()
    assert found.n_items == expected.n_items
    assert found.missing == expected.missing
    assert found.problems == []
    for key, vector in found.vectors.items():
        other = expected.vectors[key]
        cosine = vector @ other / (np.linalg.norm(vector) * np.linalg.norm(other))
        assert cosine > 0.9999, key
    assert found.top.keys() == expected.top.keys()
    for uri, hits in found.top.items():
        assert_equal_ranking(hits, expected.top[uri])


def assert_equal_ranking(
    found: list[tuple[str, float]], expected: list[tuple[str, float]], tie: float = TIE
) -> None:
    """The same hits in the same order, where scores further apart than a tie decide it."""
    assert len(found) == len(expected)
    for (uri, score), (_, other) in zip(found, expected, strict=True):
        assert abs(score - other) <= tie
        scores = dict(expected)
        # A hit that the other ranking lacks must tie with its last one.
        assert abs(scores.get(uri, expected[-1][1]) - score) <= tie, (uri, score)
