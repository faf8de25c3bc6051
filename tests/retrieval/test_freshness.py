"""A searcher sees each change once it is committed, whatever happens to generations."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from search.adapters.faiss import FaissIndexBuilder
from search.domain.item import ItemState
from search.domain.query import Query, TextTerm
from tests.retrieval.scenes import NEW, OLD, Scene, item_ids, picture
from tests.support.memory_catalogue import GALLERY_ID

CAT = Query((TextTerm("cat"),), limit=100)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path, FaissIndexBuilder())
    for name in ("cat", "dog", "car"):
        scene.add(name)
    return scene


@pytest.fixture(params=["before any generation", "after one"])
def folded(request: pytest.FixtureRequest, scene: Scene) -> Scene:
    if request.param == "after one":
        scene.fold()
    return scene


def test_a_new_photo_is_found_at_once(folded: Scene) -> None:
    searcher = folded.searcher()
    searcher.answer(CAT)
    item = folded.add("cat")
    assert item in item_ids(searcher.answer(CAT))[:2]


def test_a_deleted_photo_is_not_found_before_the_next_generation(folded: Scene) -> None:
    searcher = folded.searcher()
    item = item_ids(searcher.answer(CAT))[0]
    folded.catalogue.set_state(item, ItemState.DELETED)
    assert item not in item_ids(searcher.answer(CAT))
    folded.catalogue.set_state(item, ItemState.LIVE)
    assert item_ids(searcher.answer(CAT))[0] == item


def test_a_photo_with_new_pixels_is_found_by_these_alone(folded: Scene) -> None:
    searcher = folded.searcher()
    item = item_ids(searcher.answer(CAT))[0]
    folded.catalogue.replace_views(item, [picture("bird")])
    answer = searcher.answer(Query((TextTerm("bird"),)))
    assert answer.hits[0].item.id == item
    scores = {hit.item.id: hit.score for hit in searcher.answer(CAT).hits}
    assert (scores[item] or 0) < 0.99


def test_a_changed_fact_needs_no_overlay(scene: Scene) -> None:
    scene.fold()
    searcher = scene.searcher()
    item = item_ids(searcher.answer(CAT))[0]
    scene.catalogue.tag(item, "pet")
    assert searcher.answer(CAT).hits[0].item.tags == ("pet",)
    assert searcher.state is not None
    assert searcher.state.n_overlay_rows == 0
    assert searcher.state.revision == scene.catalogue.contents.gallery.revision


def test_what_comes_back_as_it_was_leaves_the_overlay(scene: Scene) -> None:
    scene.fold()
    searcher = scene.searcher()
    item = item_ids(searcher.answer(CAT))[0]
    sizes = []
    for state in (ItemState.MISSING, ItemState.LIVE):
        scene.catalogue.set_state(item, state)
        searcher.answer(CAT)
        assert searcher.state is not None
        sizes.append(searcher.state.n_overlay_rows)
    assert sizes == [1, 0]


def test_a_new_generation_changes_no_answer_and_empties_the_overlay(scene: Scene) -> None:
    searcher = scene.searcher()
    before = searcher.answer(CAT)
    row = scene.fold()
    assert searcher.answer(CAT) == before
    assert searcher.state is not None
    assert searcher.state.generation_id == row.id
    assert searcher.state.n_overlay_rows == 0
    assert scene.searcher().answer(CAT) == before


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)


def _cut(folder: Path) -> None:
    (folder / "vectors.f16").write_bytes(b"")


def _forge(folder: Path) -> None:
    content = bytearray((folder / "index.faiss").read_bytes())
    content[20] ^= 1
    (folder / "index.faiss").write_bytes(content)


@pytest.mark.parametrize("damage", [_remove, _cut, _forge])
def test_a_broken_generation_costs_no_answer(scene: Scene, damage: Callable[[Path], None]) -> None:
    expected = scene.searcher().answer(CAT)
    row = scene.fold()
    damage(scene.store.gallery_path(scene.catalogue.contents.gallery) / row.folder)
    searcher = scene.searcher()
    assert searcher.answer(CAT) == expected
    item = scene.add("cat")
    assert item in item_ids(searcher.answer(CAT))
    scene.fold()
    assert item in item_ids(searcher.answer(CAT))
    assert searcher.state is not None
    assert searcher.state.generation is not None


def test_a_generation_deleted_under_a_searcher_is_survived(scene: Scene) -> None:
    scene.fold()
    searcher = scene.searcher()
    expected = searcher.answer(CAT)
    shutil.rmtree(scene.root)
    assert searcher.answer(CAT) == expected


def test_a_searcher_behind_a_purge_loads_afresh(scene: Scene) -> None:
    scene.fold()
    searcher = scene.searcher()
    item = item_ids(searcher.answer(CAT))[0]
    scene.catalogue.set_state(item, ItemState.DELETED)
    contents = scene.catalogue.contents
    kept = {number: record for number, record in contents.items.items() if number != item}
    object.__setattr__(contents, "items", kept)  # As if a purge had forgotten it.
    scene.catalogue.alter_gallery(pruned_below=contents.gallery.revision)
    assert item not in item_ids(searcher.answer(CAT))


def test_a_restored_gallery_is_loaded_afresh(scene: Scene) -> None:
    scene.fold()
    searcher = scene.searcher()
    searcher.answer(CAT)
    before = scene.catalogue.contents
    scene.add("cat")
    searcher.answer(CAT)
    scene.catalogue.contents = before
    scene.catalogue.alter_gallery(epoch=secrets.token_hex(8))
    assert len(item_ids(searcher.answer(CAT))) == 3
    item = scene.add("cat")
    assert item in item_ids(searcher.answer(CAT))


def test_a_new_model_takes_over_when_it_is_loaded_and_the_old_one_comes_back(scene: Scene) -> None:
    searcher = scene.searcher()
    old = searcher.answer(CAT)
    scene.catalogue.change_space(NEW.space)
    scene.fold(NEW.space)
    during = searcher.answer(CAT)
    assert during.space_id in (OLD.space.id, NEW.space.id)
    assert searcher.wait_for_switch(30)
    new = searcher.answer(CAT)
    assert new.space_id == NEW.space.id
    assert item_ids(new)[0] == item_ids(old)[0]
    scene.catalogue.change_space(OLD.space)
    searcher.answer(CAT)
    assert searcher.wait_for_switch(30)
    assert searcher.answer(CAT).hits == old.hits


def test_the_old_model_answers_freshly_while_the_new_one_loads(scene: Scene) -> None:
    from threading import Event

    from search.domain.space import EmbeddingSpace
    from search.retrieval import Searcher
    from tests.retrieval.scenes import open_embedder
    from tests.support.embedders import HashingEmbedder

    may_load = Event()

    def open_slowly(space: EmbeddingSpace) -> HashingEmbedder:
        if space.id == NEW.space.id:
            may_load.wait(60)
        return open_embedder(space)

    searcher = Searcher(scene.catalogue, "default", scene.store, scene.builder, open_slowly)
    searcher.answer(CAT)
    scene.catalogue.change_space(NEW.space)
    assert searcher.answer(CAT).space_id == OLD.space.id
    item = scene.add("cat")
    fresh = searcher.answer(CAT)
    assert (fresh.space_id, item in item_ids(fresh)) == (OLD.space.id, True)
    may_load.set()
    assert searcher.wait_for_switch(30)
    new = searcher.answer(CAT)
    assert (new.space_id, item in item_ids(new)) == (NEW.space.id, True)


def test_a_model_that_cannot_load_leaves_the_old_one_answering(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    from search.domain.space import EmbeddingSpace
    from search.errors import ModelUnavailableError
    from search.retrieval import Searcher
    from tests.support.embedders import HashingEmbedder

    def open_old_only(space: EmbeddingSpace) -> HashingEmbedder:
        if space.id != OLD.space.id:
            raise ModelUnavailableError("The weights are gone.")
        return OLD

    searcher = Searcher(scene.catalogue, "default", scene.store, scene.builder, open_old_only)
    searcher.answer(CAT)
    scene.catalogue.change_space(NEW.space)
    searcher.answer(CAT)
    assert searcher.wait_for_switch(30)
    assert searcher.answer(CAT).space_id == OLD.space.id
    assert "The weights are gone." in caplog.text


def test_only_items_embedded_in_the_space_are_found_in_it(scene: Scene) -> None:
    item = scene.catalogue.add_item([{OLD.space.id: picture("cat")[OLD.space.id]}])
    scene.catalogue.change_space(NEW.space)
    searcher = scene.searcher()
    assert item not in item_ids(searcher.answer(CAT))
    scene.catalogue.embed(item, NEW.space.id, [picture("cat")[NEW.space.id]])
    assert item in item_ids(searcher.answer(CAT))


def test_a_second_builder_steps_back(scene: Scene) -> None:
    from indexer.folding import fold, lease_name

    lease = scene.catalogue.acquire_lease(
        lease_name(GALLERY_ID, OLD.space.id), holder="other", lease_s=60
    )
    assert lease is not None
    assert fold(scene.catalogue, scene.store, scene.builder, GALLERY_ID, OLD.space.id) is None
    scene.catalogue.release_lease(lease)
    scene.fold()
