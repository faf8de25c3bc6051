"""A gallery's model switched while the old one serves, and back."""

from __future__ import annotations

import pytest

from indexer.overlap import overlap_at_10
from indexer.reindex import activate, rebuild, rollback, switch
from indexer.stopping import StopRequest
from search.bootstrap import open_generation_store, open_index_builder
from search.domain.query import Answer, ItemTerm, Query
from search.domain.space import EmbeddingSpace
from search.errors import (
    ConfirmationNeededError,
    ConflictError,
    GoldenQueriesError,
    NotFoundError,
)
from search.ports.embedder import Embedder
from search.retrieval import Searcher
from tests.support.embedders import HashingEmbedder
from tests.support.galleries import GalleryUnderTest

N_PHOTOS = 15


class Models:
    """Opens hashing embedders by their spec, each once."""

    def __init__(self) -> None:
        self.opened: dict[str, HashingEmbedder] = {}

    def __call__(self, spec: str) -> Embedder:
        seed = int(spec.removeprefix("hashing@"))
        return self.opened.setdefault(spec, HashingEmbedder(seed))

    @property
    def n_pictures(self) -> int:
        return sum(embedder.n_pictures for embedder in self.opened.values())


@pytest.fixture
def models() -> Models:
    return Models()


@pytest.fixture
def indexed(gallery: GalleryUnderTest, models: Models) -> GalleryUnderTest:
    for number in range(N_PHOTOS):
        gallery.draw(f"{number}.png", number)
    gallery.run(model="hashing@0", open_embedder=models)
    return gallery


def ask(gallery: GalleryUnderTest, models: Models, space_id: str | None = None) -> Answer:
    searcher = Searcher(
        gallery.catalogue,
        "default",
        open_generation_store(gallery.settings),
        open_index_builder(gallery.settings),
        lambda space: models(space.spec),
        space_id=space_id,
    )
    return searcher.answer(Query((ItemTerm(gallery.live()["3.png"]),), limit=5))


def test_generations_are_built_again_without_embedding(
    indexed: GalleryUnderTest, models: Models
) -> None:
    n_before = models.n_pictures
    answer = ask(indexed, models)

    report = rebuild(indexed.settings, indexed.catalogue)

    assert [row.n_rows for row in report.generations] == [N_PHOTOS]
    assert report.coverage == 1.0
    assert models.n_pictures == n_before
    assert ask(indexed, models).hits == answer.hits


def test_space_in_the_making_changes_no_answer_until_it_is_activated(
    indexed: GalleryUnderTest, models: Models
) -> None:
    before = ask(indexed, models)

    report = switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )

    assert (report.embedded, report.n_unembedded, report.coverage) == (N_PHOTOS, 0, 1.0)
    assert report.overlap_at_10 is not None
    assert 0.0 <= report.overlap_at_10 <= 1.0
    assert ask(indexed, models).hits == before.hits
    assert indexed.row.active_space_id == before.space_id

    assert activate(indexed.catalogue).activated
    after = ask(indexed, models)
    assert after.space_id == report.space != before.space_id


def test_a_pinned_searcher_answers_in_a_space_whether_it_is_active_or_not(
    indexed: GalleryUnderTest, models: Models
) -> None:
    first = ask(indexed, models)
    report = switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )
    beside = ask(indexed, models, report.space)
    assert beside.space_id == report.space != first.space_id
    activate(indexed.catalogue)
    assert ask(indexed, models).hits == beside.hits
    assert ask(indexed, models, first.space_id).hits == first.hits


def test_a_gate_that_raises_leaves_everything_as_it_was(
    indexed: GalleryUnderTest, models: Models
) -> None:
    report = switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )
    before = indexed.row
    asked: list[str] = []

    def refuse(space: EmbeddingSpace) -> None:
        asked.append(space.id)
        raise GoldenQueriesError("No.")

    with pytest.raises(GoldenQueriesError):
        activate(indexed.catalogue, gate=refuse)
    assert indexed.row == before
    assert activate(indexed.catalogue, gate=lambda space: asked.append(space.id)).activated
    assert asked == [report.space, report.space]


def test_rollback_brings_the_first_answers_back_without_embedding(
    indexed: GalleryUnderTest, models: Models
) -> None:
    before = ask(indexed, models)
    switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )
    activate(indexed.catalogue, model="hashing@1")
    n_before = models.n_pictures

    report = rollback(indexed.catalogue)

    after = ask(indexed, models)
    assert (after.hits, after.space_id) == (before.hits, before.space_id)
    assert (report.space, report.n_unfindable) == (before.space_id, 0)
    assert models.n_pictures == n_before


def test_switch_goes_on_where_it_was_interrupted(indexed: GalleryUnderTest, models: Models) -> None:
    stop = StopRequest()
    settings = indexed.settings.model_copy(update={"batch_size": 4})
    with pytest.raises(KeyboardInterrupt):
        switch(
            settings,
            indexed.catalogue,
            "hashing@1",
            open_embedder=models,
            lend_pool=indexed.lend_pool,
            progress=lambda _: stop.ask(),
            stop=stop,
        )
    n_done = models.opened["hashing@1"].n_pictures

    report = switch(
        settings, indexed.catalogue, "hashing@1", open_embedder=models, lend_pool=indexed.lend_pool
    )

    assert 0 < n_done < N_PHOTOS
    assert report.embedded == N_PHOTOS - n_done
    assert report.n_unembedded == 0


def test_unreadable_file_blocks_activation_until_it_is_allowed(
    indexed: GalleryUnderTest, models: Models
) -> None:
    (indexed.photos / "3.png").unlink()

    report = switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )

    assert (report.n_unembedded, report.n_unfindable) == (1, 1)
    assert [file.uri for file in report.unreadable] == [str(indexed.photos / "3.png")]
    with pytest.raises(ConfirmationNeededError, match="1 picture ") as refused:
        activate(indexed.catalogue)
    assert "--allow-missing 1" in refused.value.hint
    assert activate(indexed.catalogue, allow_missing=1).activated


def test_file_changed_since_it_was_indexed_is_not_embedded_as_what_it_was(
    indexed: GalleryUnderTest, models: Models
) -> None:
    indexed.draw("3.png", 99)

    report = switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )

    assert (report.embedded, report.n_unembedded) == (N_PHOTOS, 1)
    assert "changed" in report.unreadable[0].reason


def test_equal_content_is_embedded_once_in_the_new_space(
    gallery: GalleryUnderTest, models: Models
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        gallery.draw(name, 1)
    gallery.run(model="hashing@0", open_embedder=models)

    report = switch(
        gallery.settings,
        gallery.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=gallery.lend_pool,
    )

    assert report.embedded + report.copied == 3
    assert models.opened["hashing@1"].n_pictures == 1


def test_photos_added_while_a_space_is_in_the_making_are_embedded_in_both(
    indexed: GalleryUnderTest, models: Models
) -> None:
    switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )
    indexed.draw("late.png", 50)

    indexed.run(open_embedder=models)

    assert activate(indexed.catalogue).n_unfindable == 0


def test_model_in_the_making_that_does_not_load_stops_no_index_run(
    indexed: GalleryUnderTest, models: Models
) -> None:
    switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )
    indexed.draw("late.png", 50)

    def without_the_new_model(spec: str) -> Embedder:
        if spec == "hashing@1":
            raise ConflictError("Its weights are gone.")
        return models(spec)

    report = indexed.run(open_embedder=without_the_new_model)

    assert report.new == 1
    assert report.notes == ("hashing@1: Its weights are gone.",)


def test_former_space_is_not_filled_any_more_and_wanted_again_after_rollback(
    indexed: GalleryUnderTest, models: Models
) -> None:
    switch(
        indexed.settings,
        indexed.catalogue,
        "hashing@1",
        open_embedder=models,
        lend_pool=indexed.lend_pool,
    )
    activate(indexed.catalogue)
    n_before = models.opened["hashing@0"].n_pictures
    indexed.draw("late.png", 50)
    indexed.run(open_embedder=models)
    assert models.opened["hashing@0"].n_pictures == n_before

    assert rollback(indexed.catalogue).n_unfindable == 1
    indexed.run(open_embedder=models)

    with indexed.catalogue.reading() as snapshot:
        active = indexed.row.active_space_id
        assert active is not None
        assert snapshot.n_unembedded(indexed.row.id, active) == 0


def test_there_is_nothing_to_activate_or_to_go_back_to_at_first(
    indexed: GalleryUnderTest,
) -> None:
    with pytest.raises(NotFoundError, match="in the making"):
        activate(indexed.catalogue)
    with pytest.raises(ConflictError, match="one model only"):
        rollback(indexed.catalogue)


def test_a_space_agrees_fully_with_itself(indexed: GalleryUnderTest) -> None:
    active = indexed.row.active_space_id
    assert active is not None
    assert overlap_at_10(indexed.catalogue, indexed.row.id, (active, active)) == 1.0
