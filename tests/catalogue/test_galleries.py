"""Galleries, spaces and generations."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from search.adapters.sql import SqlCatalogue
from search.domain.gallery import GenerationRow, Lease, WantedRecall
from search.errors import ConflictError, NotFoundError, UsageError
from tests.catalogue.pictures import OTHER_SPACE, SPACE, Shelf


def test_gallery_is_created_renamed_and_deleted(catalogue: SqlCatalogue) -> None:
    made = catalogue.create_gallery("Straße-1")
    assert (made.revision, made.active_space_id) == (0, None)
    catalogue.rename_gallery(made.id, "other")
    with catalogue.reading() as snapshot:
        assert snapshot.gallery("other").id == made.id
        assert snapshot.gallery_by_id(made.id).epoch == made.epoch
    catalogue.delete_gallery(made.id)
    with catalogue.reading() as snapshot:
        assert list(snapshot.galleries()) == []


def test_the_recall_that_a_gallery_wants_is_kept_and_is_no_change_to_search(
    catalogue: SqlCatalogue,
) -> None:
    made = catalogue.create_gallery("a")
    assert made.wanted_recall == WantedRecall(None, None)
    for wanted in (WantedRecall(0.9, 0.95), WantedRecall(0.9, None), WantedRecall()):
        with catalogue.writing(made.id) as work:
            work.set_wanted_recall(wanted)
            work.commit()
        with catalogue.reading() as snapshot:
            assert snapshot.gallery("a").wanted_recall == wanted
            assert snapshot.gallery("a").revision == made.revision


def test_ids_are_never_used_again(catalogue: SqlCatalogue) -> None:
    first = catalogue.create_gallery("a")
    catalogue.delete_gallery(first.id)
    assert catalogue.create_gallery("a").id > first.id


def test_accents_are_one_name_however_they_are_coded(catalogue: SqlCatalogue) -> None:
    made = catalogue.create_gallery("Cafe\u0301")
    with catalogue.reading() as snapshot:
        assert snapshot.gallery("Caf\u00e9").id == made.id
    with pytest.raises(ConflictError):
        catalogue.create_gallery("Caf\u00e9")


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", ".", "../x", "a/b", "x" * 65, "a\0", "_"])
def test_name_that_is_none_is_refused(catalogue: SqlCatalogue, name: str) -> None:
    with pytest.raises(UsageError):
        catalogue.create_gallery(name)


def test_taken_name_is_refused(catalogue: SqlCatalogue) -> None:
    catalogue.create_gallery("a")
    other = catalogue.create_gallery("b")
    with pytest.raises(ConflictError):
        catalogue.create_gallery("a")
    with pytest.raises(ConflictError):
        catalogue.rename_gallery(other.id, "a")
    catalogue.rename_gallery(other.id, "b")


def test_unknown_gallery_is_not_found(catalogue: SqlCatalogue) -> None:
    with catalogue.reading() as snapshot:
        for ask in (
            lambda: snapshot.gallery("x"),
            lambda: snapshot.gallery("\0\udcff"),
            lambda: snapshot.gallery_by_id(9),
            lambda: snapshot.spaces(9),
            lambda: snapshot.counts(9),
            lambda: snapshot.changes(9, SPACE.id, 0),
            lambda: list(snapshot.view_rows(9, SPACE.id)),
        ):
            with pytest.raises(NotFoundError):
                ask()
    with pytest.raises(NotFoundError), catalogue.writing(9):
        pass
    for change in (catalogue.delete_gallery, lambda i: catalogue.rename_gallery(i, "a")):
        with pytest.raises(NotFoundError):
            change(9)


def test_deleting_a_gallery_leaves_the_others_whole(shelf: Shelf) -> None:
    shelf.photo("one.jpg", "red", keywords=("a",))
    other = shelf.catalogue.create_gallery("other")
    shelf.catalogue.delete_gallery(other.id)
    assert len(shelf.findable()) == 1
    shelf.catalogue.delete_gallery(shelf.gallery.id)
    assert list(shelf.catalogue.problems()) == []


def test_nothing_is_kept_without_a_commit(shelf: Shelf) -> None:
    one = shelf.picture("one.jpg", "red")
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.store_pictures([one])
    with suppress(RuntimeError), shelf.catalogue.writing(shelf.gallery.id) as work:
        work.store_pictures([one])
        raise RuntimeError
    assert shelf.known() == {}


def test_commit_without_a_change_takes_no_revision(shelf: Shelf) -> None:
    before = shelf.revision
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        assert work.commit() == before
    assert shelf.revision == before


# Spaces


def test_second_space_is_activated_and_rolled_back(shelf: Shelf) -> None:
    before = shelf.revision
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_space(OTHER_SPACE)
        assert work.commit() == before
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.activate_space(OTHER_SPACE.id)
        assert work.commit() == before + 1
    with shelf.catalogue.reading() as snapshot:
        gallery = snapshot.gallery_by_id(shelf.gallery.id)
        assert (gallery.active_space_id, gallery.previous_space_id) == (OTHER_SPACE.id, SPACE.id)
        assert {one.space for one in snapshot.spaces(gallery.id)} == {SPACE, OTHER_SPACE}
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.activate_space(SPACE.id)
        work.commit()
    with shelf.catalogue.reading() as snapshot:
        assert snapshot.gallery_by_id(shelf.gallery.id).active_space_id == SPACE.id


def test_spec_may_name_a_checkpoint_at_any_path(shelf: Shelf) -> None:
    space = replace(SPACE, spec="ViT-B-32@/models/\udcff.pt", weights_digest="3" * 64)
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_space(space)
        work.commit()
    with shelf.catalogue.reading() as snapshot:
        assert space in [one.space for one in snapshot.spaces(shelf.gallery.id)]


def test_space_in_use_cannot_be_removed(shelf: Shelf) -> None:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        with pytest.raises(ConflictError):
            work.remove_space(SPACE.id)
        with pytest.raises(NotFoundError):
            work.remove_space(OTHER_SPACE.id)
        with pytest.raises(NotFoundError):
            work.activate_space(OTHER_SPACE.id)
        with pytest.raises(NotFoundError):
            work.set_wanted(OTHER_SPACE.id, True)


def test_removed_space_takes_its_embeddings_along(shelf: Shelf) -> None:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_space(OTHER_SPACE, wanted=False)
        work.commit()
    shelf.photo("one.jpg", "red", space=OTHER_SPACE)
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.set_wanted(OTHER_SPACE.id, True)
        work.remove_space(OTHER_SPACE.id)
        work.commit()
    assert shelf.findable(OTHER_SPACE) == {}
    with shelf.catalogue.reading() as snapshot:
        assert [one.space for one in snapshot.spaces(shelf.gallery.id)] == [SPACE]


# Generations


def lease_of(shelf: Shelf, holder: str, lease_s: float = 60.0) -> Lease:
    lease = shelf.catalogue.acquire_lease("build", holder=holder, lease_s=lease_s)
    assert lease is not None
    return lease


def publish(shelf: Shelf, lease: Lease, folder: str, revision: int | None = None) -> GenerationRow:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        row = work.add_generation(
            space_id=SPACE.id,
            folder=folder,
            revision=shelf.gallery.revision if revision is None else revision,
            n_rows=0,
            manifest_digest="0" * 64,
            lease=lease,
        )
        work.commit()
    return row


def test_published_generation_is_the_one_searches_use(shelf: Shelf) -> None:
    lease = lease_of(shelf, "a")
    before = shelf.revision
    first, second = publish(shelf, lease, "g1"), publish(shelf, lease, "g2")
    assert shelf.revision == before
    with shelf.catalogue.reading() as snapshot:
        space = snapshot.spaces(shelf.gallery.id)[0]
        assert (space.generation_id, space.previous_generation_id) == (second.id, first.id)
        assert snapshot.generation(first.id) == first
        assert list(snapshot.generations(shelf.gallery.id)) == [second, first]
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.remove_generations([second.id])
        work.commit()
    with shelf.catalogue.reading() as snapshot:
        assert snapshot.spaces(shelf.gallery.id)[0].generation_id is None
        with pytest.raises(NotFoundError):
            snapshot.generation(second.id)


def test_builder_that_lost_its_lease_publishes_nothing(shelf: Shelf) -> None:
    late = lease_of(shelf, "late", lease_s=0.0)
    publish(shelf, lease_of(shelf, "next"), "g2")
    with pytest.raises(ConflictError, match="lost"):
        publish(shelf, late, "g1")
    with shelf.catalogue.reading() as snapshot:
        assert [row.folder for row in snapshot.generations(shelf.gallery.id)] == ["g2"]


def test_generation_from_the_future_is_refused(shelf: Shelf) -> None:
    with pytest.raises(ConflictError):
        publish(shelf, lease_of(shelf, "a"), "g1", revision=shelf.revision + 1)


# Leases


def test_lease_has_one_holder_at_a_time(shelf: Shelf) -> None:
    lease = lease_of(shelf, "a")
    assert shelf.catalogue.acquire_lease("build", holder="b", lease_s=60) is None
    longer = shelf.catalogue.renew_lease(lease, 600)
    assert (longer.token, longer.expires_at > lease.expires_at + 500) == (lease.token, True)
    shelf.catalogue.release_lease(longer)
    assert lease_of(shelf, "b").token > lease.token


def test_expired_lease_is_taken_over_and_the_old_one_is_worth_nothing(shelf: Shelf) -> None:
    late = lease_of(shelf, "late", lease_s=-1.0)
    current = lease_of(shelf, "next")
    assert current.token > late.token
    with pytest.raises(ConflictError):
        shelf.catalogue.renew_lease(late, 60)
    shelf.catalogue.release_lease(late)
    assert shelf.catalogue.acquire_lease("build", holder="third", lease_s=60) is None


def test_expired_lease_nobody_took_is_still_good(shelf: Shelf) -> None:
    late = lease_of(shelf, "late", lease_s=-1.0)
    publish(shelf, late, "g1")
    assert shelf.catalogue.renew_lease(late, 60).token == late.token
