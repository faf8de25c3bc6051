"""What a searcher answers, case by case."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.adapters.faiss import FaissIndexBuilder
from search.domain.item import ItemState
from search.domain.query import ImageTerm, ItemTerm, Query, Term, TextTerm
from search.domain.space import EmbeddingSpace
from search.errors import ModelUnavailableError, NotFoundError, UsageError, UserError
from search.filters.ast import Filter, HasTag, ItemIs, Not
from search.ranking import unit
from search.relevance.texts import BACKGROUND_TEXTS
from search.retrieval import Searcher
from tests.retrieval.scenes import NEW, OLD, Scene, found, item_ids, open_embedder
from tests.support.embedders import HashingEmbedder
from tests.support.memory_catalogue import MemoryCatalogue


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, FaissIndexBuilder())


def text(words: str, **more: object) -> Query:
    return Query((TextTerm(words),), **more)  # type: ignore[arg-type]


def test_a_picture_is_found_by_its_words(scene: Scene) -> None:
    ids = [scene.add(name) for name in ("cat", "dog", "car")]
    answer = scene.searcher().answer(text("dog"))
    assert item_ids(answer)[0] == ids[1]
    assert answer.hits[0].score == pytest.approx(1.0, abs=1e-3)
    assert len(answer.hits) == 3
    assert (answer.space_id, answer.exact) == (OLD.space.id, True)
    assert answer.revision == scene.catalogue.contents.gallery.revision


def test_a_picture_is_found_by_a_picture(scene: Scene) -> None:
    image = Image.effect_noise((50, 40), 90).convert("RGB")
    pixels = OLD.embed_images([image])[0].astype(np.float16)
    item = scene.catalogue.add_item([{OLD.space.id: pixels}])
    scene.add("other")
    assert item_ids(scene.searcher().answer(Query((ImageTerm(image),), limit=1))) == [item]


def test_words_are_pushed_away(scene: Scene) -> None:
    ids = {name: scene.add(name) for name in ("cat", "dog", "car")}
    terms = (TextTerm("cat"), TextTerm("dog", -1.0))
    hits = item_ids(scene.searcher().answer(Query(terms)))
    assert (hits[0], hits[-1]) == (ids["cat"], ids["dog"])


def test_weights_change_the_order(scene: Scene) -> None:
    ids = {name: scene.add(name) for name in ("cat", "dog")}
    for heavy in ids:
        terms = tuple(TextTerm(name, 3.0 if name == heavy else 1.0) for name in ids)
        assert item_ids(scene.searcher().answer(Query(terms, limit=1))) == [ids[heavy]]


def test_an_item_is_one_hit_with_its_best_view(scene: Scene) -> None:
    item = scene.add("cat", "dog", "car")
    other = scene.add("house")
    views = scene.catalogue.contents.items[item].views
    answer = scene.searcher().answer(text("dog"))
    assert sorted(item_ids(answer)) == sorted([item, other])
    assert answer.hits[0].view_id == views[1].id


def test_items_with_many_views_do_not_crowd_out_others(scene: Scene) -> None:
    for _ in range(3):
        scene.add(*["cat"] * 50)
    scene.add("dog")
    scene.fold()
    assert len(scene.searcher().answer(text("cat", limit=4)).hits) == 4


def test_more_like_an_item_leaves_the_item_itself_out(scene: Scene) -> None:
    first, twin, other = scene.add("cat"), scene.add("cat"), scene.add("dog")
    answer = scene.searcher().answer(Query((ItemTerm(first),)))
    assert item_ids(answer) == [twin, other]


def test_more_like_an_item_uses_the_mean_of_its_views(scene: Scene) -> None:
    item = scene.add("cat", "dog")
    scene.add("car")
    rows = [
        scene.catalogue.contents.vectors[v.id] for v in scene.catalogue.contents.items[item].views
    ]
    mean = unit(np.mean([row[OLD.space.id].astype(np.float64) for row in rows], axis=0))
    assert mean is not None
    query = Query((ItemTerm(item),))
    expected = [row for row in scene.brute_force(query, mean) if row[0] != item]
    assert found(scene.searcher().answer(query)) == expected


def test_more_like_an_item_needs_no_model(scene: Scene) -> None:
    first, second = scene.add("cat"), scene.add("dog")

    def refuse(space: EmbeddingSpace) -> HashingEmbedder:
        raise ModelUnavailableError("The weights are gone.")

    searcher = Searcher(scene.catalogue, "default", scene.store, scene.builder, refuse)
    assert item_ids(searcher.answer(Query((ItemTerm(first),)))) == [second]
    assert item_ids(searcher.answer(Query())) == [first, second]
    with pytest.raises(ModelUnavailableError):
        searcher.answer(text("cat"))


def test_an_empty_gallery_is_answered_without_a_model(scene: Scene) -> None:
    opened = []

    def remember(space: EmbeddingSpace) -> HashingEmbedder:
        opened.append(space)
        return open_embedder(space)

    searcher = Searcher(scene.catalogue, "default", scene.store, scene.builder, remember)
    searcher.warm()
    for _ in range(2):
        assert searcher.answer(text("cat")).hits == ()
    assert (searcher.is_empty, opened) == (True, [])
    item = scene.add("cat")
    assert item_ids(searcher.answer(text("cat"))) == [item]
    assert len(opened) == 1
    scene.fold()
    scene.catalogue.set_state(item, ItemState.DELETED)
    fresh = Searcher(scene.catalogue, "default", scene.store, scene.builder, remember)
    assert fresh.answer(text("cat")).hits == ()
    assert len(opened) == 1


def test_a_filter_is_applied_inside_the_search(scene: Scene) -> None:
    for _ in range(50):
        scene.add("cat")
    tagged = scene.add("dog", tags=["pet"])
    scene.fold()
    late = scene.add("car", tags=["Pet"])
    answer = scene.searcher().answer(text("cat", where=HasTag("pet"), limit=5))
    assert sorted(item_ids(answer)) == [tagged, late]
    assert answer.exact


@pytest.mark.parametrize("where", [HasTag("rare"), Not(HasTag("rare"))])
def test_filters_of_any_selectivity_answer_as_exact_search(scene: Scene, where: Filter) -> None:
    for i in range(300):
        scene.add(f"picture {i}", tags=["rare"] if i % 40 == 0 else [])
    scene.fold()
    query = text("picture 7", where=where, limit=20)
    direction = OLD.embed_texts(["picture 7"])[0]
    assert found(scene.searcher().answer(query)) == scene.brute_force(query, direction)


def test_a_filter_that_matches_nothing_gives_no_hits(scene: Scene) -> None:
    scene.add("cat")
    assert scene.searcher().answer(text("cat", where=HasTag("nothing"))).hits == ()


def test_without_terms_the_matching_items_are_listed_by_id(scene: Scene) -> None:
    ids = [scene.add(f"picture {i}", tags=["pet"] if i % 2 else []) for i in range(9)]
    answer = scene.searcher().answer(Query(where=HasTag("pet"), limit=2, offset=1))
    assert item_ids(answer) == [ids[3], ids[5]]
    assert [hit.score for hit in answer.hits] == [None, None]
    first_view = scene.catalogue.contents.items[ids[3]].views[0].id
    assert answer.hits[0].view_id == first_view


def test_ties_are_broken_by_item_across_generation_and_tail(scene: Scene) -> None:
    ids = [scene.add("cat") for _ in range(10)]
    scene.fold()
    ids += [scene.add("cat") for _ in range(5)]
    scene.catalogue.replace_views(
        ids[3], [{OLD.space.id: v[OLD.space.id]} for v in _views(scene, ids[0])]
    )
    searcher = scene.searcher()
    assert item_ids(searcher.answer(text("cat", limit=50))) == ids
    assert item_ids(searcher.answer(text("cat", limit=4, offset=2))) == ids[2:6]


def _views(scene: Scene, item_id: int) -> list[dict[str, np.ndarray]]:
    contents = scene.catalogue.contents
    return [dict(contents.vectors[view.id]) for view in contents.items[item_id].views]


def test_pages_follow_each_other_without_gap_or_repetition(scene: Scene) -> None:
    for i in range(60):
        scene.add(*[f"picture {i % 7} {j}" for j in range(i % 3 + 1)])
    scene.fold()
    searcher = scene.searcher()
    whole = found(searcher.answer(text("picture", limit=60)))
    pages = [found(searcher.answer(text("picture", limit=7, offset=at))) for at in range(0, 63, 7)]
    assert [hit for page in pages for hit in page] == whole
    assert len(whole) == 60


def test_a_gallery_without_a_model_answers_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.catalogue.contents = MemoryCatalogue().contents
    answer = scene.searcher().answer(text("cat"))
    assert (answer.hits, answer.space_id, answer.revision) == ((), "", 0)


@pytest.mark.parametrize(
    "query",
    [
        Query(limit=0),
        Query(offset=-1),
        text("  "),
        Query((TextTerm("cat", math.nan),)),
        Query((TextTerm("cat", math.inf),)),
    ],
)
def test_a_senseless_query_is_refused(scene: Scene, query: Query) -> None:
    with pytest.raises(UsageError) as caught:
        scene.searcher().answer(query)
    assert caught.value.hint


@pytest.mark.parametrize(
    "terms",
    [(TextTerm("cat"), TextTerm("cat", -1.0)), (TextTerm("cat", 0.0),)],
)
def test_terms_that_cancel_out_are_refused(scene: Scene, terms: tuple[Term, ...]) -> None:
    scene.add("cat")
    with pytest.raises(UserError, match="cancel each other out"):
        scene.searcher().answer(Query(terms))


def test_an_unknown_item_is_not_found(scene: Scene) -> None:
    scene.add("cat")
    with pytest.raises(NotFoundError, match="no item 99"):
        scene.searcher().answer(Query((ItemTerm(99),)))


def test_an_item_without_embedding_cannot_be_compared(scene: Scene) -> None:
    item = scene.add("cat")
    scene.catalogue.set_state(item, ItemState.DELETED)
    with pytest.raises(UserError, match="no embedding"):
        scene.searcher().answer(Query((ItemTerm(item),)))


def test_a_model_with_other_weights_than_the_gallerys_is_refused(scene: Scene) -> None:
    scene.add("cat")
    searcher = Searcher(scene.catalogue, "default", scene.store, scene.builder, lambda _: NEW)
    with pytest.raises(ModelUnavailableError, match="not the one"):
        searcher.answer(text("cat"))


def test_texts_are_embedded_once(scene: Scene) -> None:
    scene.add("cat")
    embedder = HashingEmbedder(0)
    searcher = Searcher(scene.catalogue, "default", scene.store, scene.builder, lambda _: embedder)
    for _ in range(3):
        searcher.answer(Query((TextTerm("cat"), TextTerm("dog"), TextTerm("cat"))))
    assert embedder.n_texts == 2 + len(BACKGROUND_TEXTS)


def test_an_item_filter_finds_just_that_item(scene: Scene) -> None:
    item, _ = scene.add("cat"), scene.add("cat")
    assert item_ids(scene.searcher().answer(text("dog", where=ItemIs(item)))) == [item]
