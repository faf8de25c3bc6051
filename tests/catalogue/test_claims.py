"""Filling a space: claims, and what becomes of vectors that come too late."""

from __future__ import annotations

import numpy as np
import pytest

from search.domain.indexing import ClaimedVector, ClaimedView, CommitReport
from search.errors import ConflictError, EmbedderError, NotFoundError
from tests.catalogue.pictures import OTHER_SPACE, Shelf, vector


@pytest.fixture
def filled(shelf: Shelf) -> Shelf:
    """Five photos, none of them embedded in the second space."""
    shelf.store(*(shelf.picture(f"{n}.jpg", f"{n}") for n in range(5)))
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_space(OTHER_SPACE)
        work.commit()
    return shelf


def claim(shelf: Shelf, holder: str, limit: int = 3, lease_s: float = 60.0) -> list[ClaimedView]:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        claims = work.claim_views(OTHER_SPACE.id, holder=holder, limit=limit, lease_s=lease_s)
        work.commit()
    return list(claims)


def fill(shelf: Shelf, claims: list[ClaimedView]) -> CommitReport:
    vectors = [ClaimedVector(one, vector(one.content_hash, OTHER_SPACE.dim)) for one in claims]
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        report = work.store_vectors(OTHER_SPACE.id, vectors)
        work.commit()
    return report


def n_left(shelf: Shelf) -> int:
    with shelf.catalogue.reading() as snapshot:
        return snapshot.n_unembedded(shelf.gallery.id, OTHER_SPACE.id)


def test_views_are_claimed_once_and_filled_once(filled: Shelf) -> None:
    first, second = claim(filled, "a"), claim(filled, "b")
    assert [len(first), len(second), len(claim(filled, "c"))] == [3, 2, 0]
    assert not {one.view_id for one in first} & {one.view_id for one in second}
    assert first[0].uri == "/photos/0.jpg"
    assert fill(filled, first).added == 3
    assert fill(filled, second).added == 2
    assert n_left(filled) == 0
    assert len(filled.findable(OTHER_SPACE)) == 5


def test_filling_another_space_reloads_nothing_in_this_one(filled: Shelf) -> None:
    before = filled.revision
    fill(filled, claim(filled, "a"))
    assert filled.revision == before + 1
    assert len(filled.changes(before).item_ids) == 0
    assert len(filled.changes(before, OTHER_SPACE).item_ids) == 3


def test_claims_take_no_revision(filled: Shelf) -> None:
    before = filled.revision
    claims = claim(filled, "a")
    with filled.catalogue.writing(filled.gallery.id) as work:
        work.release_views(OTHER_SPACE.id, claims)
        assert work.commit() == before
    assert len(claim(filled, "b", limit=9)) == 5


def test_views_given_back_behind_the_last_claim_are_found_again(filled: Shelf) -> None:
    first, second = claim(filled, "a", limit=2), claim(filled, "b", limit=2)
    with filled.catalogue.writing(filled.gallery.id) as work:
        work.release_views(OTHER_SPACE.id, first)
        work.commit()
    rest = [*claim(filled, "c", limit=9), *claim(filled, "c", limit=9)]
    assert len({one.view_id for one in (*second, *rest)}) == 5


def test_overdue_claim_passes_to_another_and_its_vector_is_superseded(filled: Shelf) -> None:
    late = claim(filled, "late", limit=5, lease_s=-1.0)
    current = claim(filled, "next", limit=5)
    assert [one.view_id for one in current] == [one.view_id for one in late]
    assert (fill(filled, late).added, fill(filled, late).superseded) == (0, 5)
    assert fill(filled, current).added == 5


def test_vector_of_a_view_that_changed_meanwhile_is_superseded(filled: Shelf) -> None:
    claims = claim(filled, "a")
    filled.photo("0.jpg", "new pixels")
    filled.miss("1.jpg")
    report = fill(filled, claims)
    assert (report.added, report.superseded) == (1, 2)
    assert n_left(filled) == 3


def test_stored_twice_is_superseded_not_an_error(filled: Shelf) -> None:
    claims = claim(filled, "a")
    assert fill(filled, claims).added == 3
    assert fill(filled, claims).superseded == 3


def test_deleted_and_missing_items_are_not_claimed(filled: Shelf) -> None:
    item_id = filled.known()["0.jpg"].item_id
    assert item_id is not None
    with filled.catalogue.writing(filled.gallery.id) as work:
        work.delete_items([item_id])
        work.commit()
    filled.miss("1.jpg")
    assert [one.uri for one in claim(filled, "a", limit=9)] == [
        "/photos/2.jpg",
        "/photos/3.jpg",
        "/photos/4.jpg",
    ]


def test_equal_content_finds_the_vector_that_is_stored(filled: Shelf) -> None:
    fill(filled, claim(filled, "a", limit=5))
    hashes = [known.content_hash or "" for known in filled.known().values()]
    with filled.catalogue.reading() as snapshot:
        stored = snapshot.stored_vectors(OTHER_SPACE.id, [*hashes, "none"])
    assert set(stored) == set(hashes)
    for content_hash, found in stored.items():
        assert isinstance(found, np.ndarray)
        assert found.dtype == np.float16
        assert found.tobytes() == vector(content_hash, OTHER_SPACE.dim).tobytes()


@pytest.mark.parametrize("wrong", [np.zeros(6), np.full(6, np.nan), np.full(6, 3.0)])
def test_vector_that_is_not_a_unit_vector_is_refused(filled: Shelf, wrong: np.ndarray) -> None:
    claims = claim(filled, "a", limit=1)
    with filled.catalogue.writing(filled.gallery.id) as work, pytest.raises(EmbedderError):
        work.store_vectors(OTHER_SPACE.id, [ClaimedVector(claims[0], wrong.astype(np.float16))])


def test_vector_of_another_length_or_space_is_refused(filled: Shelf) -> None:
    wrong = filled.picture("x.jpg", "x", vector=vector("x", 5))
    unknown = filled.picture("x.jpg", "x", space_id="unknown")
    with filled.catalogue.writing(filled.gallery.id) as work:
        with pytest.raises(ConflictError):
            work.store_pictures([wrong])
        with pytest.raises(NotFoundError):
            work.store_pictures([unknown])
