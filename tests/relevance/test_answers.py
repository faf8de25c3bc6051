"""Relevance as it comes with the hits of a search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search.adapters.files.blobs import FileBlobStore
from search.domain.item import ItemState
from search.domain.query import Answer, ItemTerm, Query, TextTerm
from search.filters.parser import parse_filter
from search.relevance.sample import SampleKeeper, draw
from search.relevance.texts import BACKGROUND_TEXTS
from search.retrieval import Searcher
from tests.retrieval.scenes import WIDE, Scene
from tests.support.embedders import HashingEmbedder

_WORDS = Query((TextTerm("cat"),), limit=60)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "generations")


def _relevances(answer: Answer) -> list[float | None]:
    return [hit.relevance for hit in answer.hits]


def _filled(scene: Scene, n: int) -> list[int]:
    return [scene.add(f"picture {number}") for number in range(n)]


def test_equal_picture_and_words_are_found_and_other_pictures_are_not(scene: Scene) -> None:
    scene.catalogue.change_space(WIDE.space)
    _filled(scene, 60)
    own = scene.add("cat")  # the stand-in gives words and pictures of one name one vector
    hits = scene.searcher().answer(_WORDS).hits
    assert hits[0].item.id == own
    assert hits[0].relevance is not None
    assert hits[0].relevance > 0.5
    assert _relevances(scene.searcher().answer(_WORDS)) == sorted(
        _relevances(scene.searcher().answer(_WORDS)), reverse=True
    )


def test_words_are_judged_in_a_gallery_of_one(scene: Scene) -> None:
    scene.add("dog")
    (hit,) = scene.searcher().answer(_WORDS).hits
    assert hit.relevance is not None


def test_pictures_are_judged_from_fifty_on(scene: Scene) -> None:
    first, *_ = _filled(scene, 49)
    query = Query((ItemTerm(first),))
    searcher = scene.searcher()
    assert set(_relevances(searcher.answer(query))) == {None}
    _filled(scene, 10)
    assert None not in _relevances(searcher.answer(query))


def test_list_without_terms_is_not_judged(scene: Scene) -> None:
    _filled(scene, 3)
    assert set(_relevances(scene.searcher().answer(Query()))) == {None}


@pytest.mark.parametrize("query", [_WORDS, Query((ItemTerm(1), TextTerm("cat", -0.5)), limit=60)])
def test_pages_say_the_same_as_the_whole_answer(scene: Scene, query: Query) -> None:
    _filled(scene, 60)
    searcher = scene.searcher()
    whole = _relevances(searcher.answer(query))
    for offset in (0, 7, 31):
        page = searcher.answer(replace(query, limit=7, offset=offset))
        assert _relevances(page) == whole[offset : offset + 7]


def test_relevance_is_the_same_from_generation_and_tail(scene: Scene) -> None:
    _filled(scene, 60)
    from_tail = scene.searcher().answer(_WORDS)
    picture_from_tail = scene.searcher().answer(Query((ItemTerm(1),)))
    scene.fold()
    assert _relevances(scene.searcher().answer(_WORDS)) == _relevances(from_tail)
    from_generation = scene.searcher().answer(Query((ItemTerm(1),)))
    assert _relevances(from_generation) == _relevances(picture_from_tail)


def test_filter_judges_only_what_it_leaves(scene: Scene) -> None:
    _filled(scene, 60)
    scene.add("dog", tags=("pets",))
    (hit,) = scene.searcher().answer(replace(_WORDS, where=parse_filter("tag:pets"))).hits
    assert hit.relevance is not None


def test_background_is_embedded_once_and_then_read_from_its_file(
    scene: Scene, tmp_path: Path
) -> None:
    _filled(scene, 3)
    kept = FileBlobStore(tmp_path / "relevance")
    n_texts, found = [], []
    for _ in range(2):
        embedder = HashingEmbedder(0)
        opened = {embedder.space.id: embedder}
        searcher = Searcher(
            scene.catalogue,
            "default",
            scene.store,
            scene.builder,
            lambda space, opened=opened: opened[space.id],  # type: ignore[misc]
            kept,
        )
        found.append(_relevances(searcher.answer(_WORDS)))
        n_texts.append(embedder.n_texts)
    assert n_texts == [1 + len(BACKGROUND_TEXTS), 1]
    assert found[0] == found[1]


@pytest.mark.parametrize("damage", [b"", b"nothing of the kind"])
def test_damaged_file_of_the_background_is_made_again(
    scene: Scene, tmp_path: Path, damage: bytes
) -> None:
    _filled(scene, 3)
    kept = FileBlobStore(tmp_path / "relevance")

    def ask() -> list[float | None]:
        searcher = Searcher(
            scene.catalogue,
            "default",
            scene.store,
            scene.builder,
            lambda _: HashingEmbedder(0),
            kept,
        )
        return _relevances(searcher.answer(_WORDS))

    before = ask()
    (file,) = (tmp_path / "relevance").iterdir()
    file.write_bytes(damage)
    assert ask() == before
    assert np.load(file).shape[0] == len(BACKGROUND_TEXTS)


def test_sample_is_of_views_that_can_be_found_and_the_same_wherever_they_lie(scene: Scene) -> None:
    items = _filled(scene, 40)
    searcher = scene.searcher()
    searcher.answer(_WORDS)
    assert searcher.state is not None
    before = draw(searcher.state, 20)
    scene.fold()
    searcher = scene.searcher()
    searcher.answer(_WORDS)
    assert searcher.state is not None
    after = draw(searcher.state, 20)
    assert after.view_ids.tolist() == before.view_ids.tolist()
    assert np.array_equal(after.vectors, before.vectors)
    for item_id in items[:30]:
        scene.catalogue.set_state(item_id, ItemState.DELETED)
    searcher.answer(_WORDS)
    assert len(draw(searcher.state, 20).view_ids) == 10


def test_sample_is_drawn_again_once_the_gallery_has_grown_by_a_tenth(scene: Scene) -> None:
    _filled(scene, 50)
    searcher, keeper = scene.searcher(), SampleKeeper()
    searcher.answer(_WORDS)
    assert searcher.state is not None
    first = keeper.of(searcher.state)
    _filled(scene, 5)
    searcher.answer(_WORDS)
    assert keeper.of(searcher.state) is first
    _filled(scene, 1)
    searcher.answer(_WORDS)
    assert len(keeper.of(searcher.state).view_ids) == 56
