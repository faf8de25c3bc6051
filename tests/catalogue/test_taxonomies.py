"""Taxonomies in the store: versions, categories' ids, guesses, decisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Category, Taxonomy
from search.domain.category import Coverage, GuessRows, ModelKind, Prototypes, Verdict
from search.domain.facet import FacetCount
from search.errors import ConflictError, NotFoundError
from search.filters.ast import And, InCategory, Not
from tests.catalogue.pictures import OTHER_SPACE, SPACE, Shelf, text
from tests.categories.trees import things


def keep(shelf: Shelf, taxonomy: Taxonomy) -> StoredTaxonomy:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        stored = work.store_taxonomy(taxonomy)
        work.commit()
    return stored


def begin(shelf: Shelf, stored: StoredTaxonomy, made_from: str = "v1") -> Coverage:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        coverage = work.begin_guessing(stored.id, SPACE.id, made_from)
        work.commit()
    return coverage


def rows(stored: StoredTaxonomy, *guesses: tuple[int, str, float, bool]) -> GuessRows:
    found = sorted((item, stored.category_ids[path], p, yes) for item, path, p, yes in guesses)
    return GuessRows(
        np.array([one[0] for one in found], np.int64),
        np.array([one[1] for one in found], np.int64),
        np.array([one[2] for one in found], np.float32),
        np.array([one[3] for one in found], bool),
    )


def guess(shelf: Shelf, stored: StoredTaxonomy, *guesses: tuple[int, str, float, bool]) -> Coverage:
    """What a model would store: (item, path, probability, assigned)."""
    coverage = begin(shelf, stored)
    ids = np.unique(np.array([one[0] for one in guesses], np.int64))
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.store_guesses(coverage, ids, rows(stored, *guesses))
        work.commit()
    return coverage


def decide(shelf: Shelf, stored: StoredTaxonomy, item: int, path: str, verdict: Verdict) -> int:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        n = work.decide([item], stored.category_ids[path], verdict)
        work.commit()
    return n


def paths(shelf: Shelf, item_id: int) -> list[str]:
    return [one.path for one in shelf.item(item_id).categories]


def in_category(shelf: Shelf, name: str) -> list[int]:
    with shelf.catalogue.reading() as snapshot:
        return snapshot.matching_items(shelf.gallery.id, InCategory(name)).tolist()


# Versions


def test_a_taxonomy_is_kept_and_read_back(shelf: Shelf) -> None:
    stored = keep(shelf, things())
    assert (stored.taxonomy, stored.active) == (things(), True)
    assert set(stored.category_ids) == set(things().paths())
    with shelf.catalogue.reading() as snapshot:
        assert list(snapshot.taxonomies(shelf.gallery.id)) == [stored]
        assert snapshot.taxonomy(shelf.gallery.id, " THINGS ") == stored
        with pytest.raises(NotFoundError, match="no taxonomy 'other'"):
            snapshot.taxonomy(shelf.gallery.id, "other")


def test_keeping_the_same_taxonomy_again_changes_nothing(shelf: Shelf) -> None:
    stored = keep(shelf, things())
    before = shelf.revision
    assert keep(shelf, things()) == stored
    assert shelf.revision == before


def test_a_changed_taxonomy_is_a_new_version_and_categories_keep_their_ids(shelf: Shelf) -> None:
    first = keep(shelf, things())
    smaller = replace(things(), categories=(*things().categories[:1], Category("sea", ("sea",))))
    second = keep(shelf, smaller)
    assert (first.taxonomy.version, second.taxonomy.version) == (1, 2)
    assert second.id == first.id
    assert second.category_ids["animals/dog"] == first.category_ids["animals/dog"]
    assert "vehicles/car" not in second.category_ids
    third = keep(shelf, replace(things(), version=7))
    assert third.taxonomy.version == 7
    assert third.category_ids == first.category_ids
    with shelf.catalogue.reading() as snapshot:
        versions = snapshot.taxonomy_versions(first.id)
        assert [(one.version, one.n_categories) for one in versions] == [(7, 8), (2, 4), (1, 8)]
        assert snapshot.taxonomy_of_version(first.id, 2) == replace(smaller, version=2)
        with pytest.raises(NotFoundError):
            snapshot.taxonomy_of_version(first.id, 3)


def test_decisions_come_back_with_their_category(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things())
    decide(shelf, stored, item_id, "vehicles/car", Verdict.ACCEPT)
    before = shelf.revision
    keep(shelf, replace(things(), categories=things().categories[:1]))
    assert paths(shelf, item_id) == []
    assert shelf.changes(before).item_ids.tolist() == [item_id]
    keep(shelf, things())
    assert paths(shelf, item_id) == ["vehicles/car"]


def test_an_inactive_taxonomy_hides_its_categories_and_keeps_decisions(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things())
    decide(shelf, stored, item_id, "sky", Verdict.ACCEPT)
    before = shelf.revision
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.set_taxonomy_active(stored.id, False)
        work.commit()
    assert (paths(shelf, item_id), in_category(shelf, "sky")) == ([], [])
    assert shelf.changes(before).item_ids.tolist() == [item_id]
    with shelf.catalogue.reading() as snapshot:
        assert list(snapshot.taxonomies(shelf.gallery.id)) == []
        assert len(snapshot.taxonomies(shelf.gallery.id, also_inactive=True)) == 1
    assert keep(shelf, things()).active
    assert paths(shelf, item_id) == ["sky"]


# Guesses


def test_assigned_guesses_are_the_items_categories(shelf: Shelf) -> None:
    one, two = shelf.photo("1.jpg", "red"), shelf.photo("2.jpg", "blue")
    stored = keep(shelf, things())
    before = shelf.revision
    guess(shelf, stored, (one, "animals/dog", 0.75, True), (one, "sky", 0.25, False))
    assert shelf.changes(before).item_ids.tolist() == [one]
    (category,) = shelf.item(one).categories
    assert (category.taxonomy, category.path) == ("things", "animals/dog")
    assert (category.probability, category.decided) == (0.75, False)
    assert paths(shelf, two) == []
    with shelf.catalogue.reading() as snapshot:
        found = snapshot.item_guesses(shelf.gallery.id, [one, two])
    assert [(g.path, g.probability, g.assigned) for g in found[one]] == [
        ("animals/dog", 0.75, True),
        ("sky", 0.25, False),
    ]
    assert two not in found


def test_newer_guesses_replace_those_of_the_same_items_only(shelf: Shelf) -> None:
    one, two, three = (shelf.photo(f"{n}.jpg", str(n)) for n in range(3))
    stored = keep(shelf, things())
    for item in (one, two, three):
        guess(shelf, stored, (item, "animals/dog", 0.9, True))
    coverage = guess(shelf, stored, (one, "sky", 0.8, True), (three, "sky", 0.8, True))
    assert [paths(shelf, item) for item in (one, two, three)] == [["sky"], ["animals/dog"], ["sky"]]
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        nothing = rows(stored)
        work.store_guesses(coverage, np.array([one, two], np.int64), nothing)
        work.commit()
    with shelf.catalogue.reading() as snapshot:
        left = snapshot.guesses(coverage.id, 0, 10**6)
    assert left.item_ids.tolist() == [three]


def test_guesses_count_in_the_active_space_only(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things())
    guess(shelf, stored, (item_id, "animals/dog", 0.9, True))
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_space(OTHER_SPACE)
        work.activate_space(OTHER_SPACE.id)
        work.commit()
    assert (paths(shelf, item_id), in_category(shelf, "dog")) == ([], [])
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.activate_space(SPACE.id)
        work.commit()
    assert in_category(shelf, "dog") == [item_id]


def test_coverage_begins_anew_when_guesses_are_made_from_something_else(shelf: Shelf) -> None:
    stored = keep(shelf, things())
    prototypes = Prototypes("digest", np.eye(3, SPACE.dim, dtype=np.float32), 100.0, None)
    coverage = begin(shelf, stored)
    assert (coverage.revision, coverage.made_from) == (0, "v1")
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.finish_guessing(coverage, 5)
        work.keep_prototypes(coverage, prototypes)
        work.commit()
    assert begin(shelf, stored) == replace(coverage, revision=5)
    assert begin(shelf, stored, "v2").revision == 0
    with shelf.catalogue.reading() as snapshot:
        kept = snapshot.prototypes(coverage)
        assert kept is not None
        assert np.array_equal(kept.vectors, prototypes.vectors)
        assert (kept.digest, kept.logit_scale, kept.logit_bias) == ("digest", 100.0, None)
        assert snapshot.coverage(stored.id, OTHER_SPACE.id) is None


def test_guesses_of_an_older_version_cannot_be_stored(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things())
    old = begin(shelf, stored)
    begin(shelf, stored, "v2")
    with (
        shelf.catalogue.writing(shelf.gallery.id) as work,
        pytest.raises(ConflictError, match="changed while items were assigned"),
    ):
        work.store_guesses(old, np.array([item_id], np.int64), rows(stored))


def test_changed_rows_divide_no_item(shelf: Shelf) -> None:
    ids = [shelf.photo(f"{n}.jpg", str(n)) for n in range(5)]
    with shelf.catalogue.reading() as snapshot:
        blocks = list(snapshot.changed_rows(shelf.gallery.id, SPACE.id, 0, 2))
        assert [one for block in blocks for one in block.item_ids.tolist()] == ids
        since = shelf.item(ids[3]).revision
        (newer,) = snapshot.changed_rows(shelf.gallery.id, SPACE.id, since, 2)
        assert newer.item_ids.tolist() == ids[4:]
        assert list(snapshot.changed_rows(shelf.gallery.id, SPACE.id, 10**6, 2)) == []


def test_removing_a_space_or_gallery_forgets_its_guesses(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things())
    coverage = guess(shelf, stored, (item_id, "sky", 0.9, True))
    decide(shelf, stored, item_id, "sky", Verdict.ACCEPT)
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_category_model(stored.id, SPACE.id, ModelKind.HEAD, payload=b"", report="{}")
        for space in (OTHER_SPACE, replace(OTHER_SPACE, dim=5)):
            work.add_space(space)
            work.activate_space(space.id)
        work.remove_space(SPACE.id)
        work.commit()
    with shelf.catalogue.reading() as snapshot:
        assert len(snapshot.guesses(coverage.id, 0, 10**6)) == 0
        assert snapshot.coverage(stored.id, SPACE.id) is None
    assert paths(shelf, item_id) == ["sky"]
    shelf.catalogue.delete_gallery(shelf.gallery.id)
    assert list(shelf.catalogue.problems()) == []


# Decisions


def test_people_win_over_guesses(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things())
    guess(shelf, stored, (item_id, "animals/dog", 0.9, True), (item_id, "sky", 0.1, False))
    before = shelf.revision
    assert decide(shelf, stored, item_id, "sky", Verdict.ACCEPT) == 1
    assert shelf.changes(before).item_ids.tolist() == [item_id]
    (category,) = shelf.item(item_id).categories
    assert (category.path, category.decided) == ("sky", True)
    assert category.probability == pytest.approx(0.1)
    guess(shelf, stored, (item_id, "animals/cat", 0.99, True))
    assert paths(shelf, item_id) == ["sky"]
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        assert work.undecide([item_id], stored.category_ids["sky"]) == 1
        assert work.undecide([item_id], stored.category_ids["sky"]) == 0
        work.commit()
    assert paths(shelf, item_id) == ["animals/cat"]


def test_one_accepted_category_takes_the_place_of_another_in_single_mode(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things())
    decide(shelf, stored, item_id, "sky", Verdict.ACCEPT)
    decide(shelf, stored, item_id, "animals/dog", Verdict.ACCEPT)
    assert paths(shelf, item_id) == ["animals/dog"]
    assert decide(shelf, stored, item_id, "animals/dog", Verdict.ACCEPT) == 0
    assert decide(shelf, stored, item_id, "animals/dog", Verdict.REJECT) == 1
    assert paths(shelf, item_id) == []


def test_multi_mode_takes_accepted_and_guessed_together(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    stored = keep(shelf, things("multi"))
    guess(shelf, stored, (item_id, "animals/dog", 0.9, True), (item_id, "sky", 0.8, True))
    for path in ("vehicles", "sky"):
        decide(shelf, stored, item_id, path, Verdict.ACCEPT)
    assert paths(shelf, item_id) == ["animals/dog", "sky", "vehicles"]
    decide(shelf, stored, item_id, "animals", Verdict.REJECT)
    assert paths(shelf, item_id) == ["sky", "vehicles"]


def test_a_decision_needs_a_category_of_the_gallery(shelf: Shelf) -> None:
    stored = keep(shelf, things())
    other = shelf.catalogue.create_gallery("other")
    with (
        shelf.catalogue.writing(other.id) as work,
        pytest.raises(NotFoundError, match="no category with the number"),
    ):
        work.decide([1], stored.category_ids["sky"], Verdict.ACCEPT)


def test_decisions_are_read_back(shelf: Shelf) -> None:
    one, two = shelf.photo("1.jpg", "red"), shelf.photo("2.jpg", "blue")
    stored = keep(shelf, things("multi"))
    decide(shelf, stored, two, "sky", Verdict.ACCEPT)
    decide(shelf, stored, one, "animals/dog", Verdict.REJECT)
    with shelf.catalogue.reading() as snapshot:
        found = [(d.item_id, d.path, d.verdict) for d in snapshot.decisions(stored.id)]
        (said,) = snapshot.item_guesses(shelf.gallery.id, [one])[one]
    assert found == [(one, "animals/dog", Verdict.REJECT), (two, "sky", Verdict.ACCEPT)]
    assert (said.path, said.probability, said.verdict) == ("animals/dog", None, Verdict.REJECT)


# Filters, facets, counts


def test_category_filter_goes_by_name_path_and_what_lies_below(shelf: Shelf) -> None:
    one, two, three = (shelf.photo(f"{n}.jpg", str(n)) for n in range(3))
    stored = keep(shelf, things())
    guess(
        shelf, stored, (one, "animals/dog", 0.9, True), (two, "vehicles/two wheels/bike", 0.9, True)
    )
    guess(shelf, stored, (three, "sky", 0.2, False))
    assert in_category(shelf, "Dog") == [one]
    assert in_category(shelf, "ANIMALS/dog") == [one]
    assert in_category(shelf, "animals") == [one]
    assert in_category(shelf, "vehicles") == in_category(shelf, "two wheels") == [two]
    assert in_category(shelf, "vehicles/*/bike") == [two]
    assert in_category(shelf, "cat") == in_category(shelf, "sky") == []
    with shelf.catalogue.reading() as snapshot:
        others = snapshot.matching_items(shelf.gallery.id, Not(InCategory("animals")))
    assert others.tolist() == [two, three]


def test_category_filter_still_knows_the_column_of_that_name(shelf: Shelf) -> None:
    one = shelf.photo("1.jpg", "red", attributes={"category": text("Dog")})
    two = shelf.photo("2.jpg", "blue")
    stored = keep(shelf, things())
    guess(shelf, stored, (two, "animals/dog", 0.9, True))
    assert in_category(shelf, "dog") == [one, two]


def test_facets_count_an_item_once_for_each_category_above_its_own(shelf: Shelf) -> None:
    one, two, three = (shelf.photo(f"{n}.jpg", str(n)) for n in range(3))
    stored = keep(shelf, things("multi"))
    guess(
        shelf,
        stored,
        (one, "animals/dog", 0.9, True),
        (one, "animals/cat", 0.9, True),
        (two, "animals/cat", 0.9, True),
        (three, "sky", 0.9, True),
    )
    shelf.miss("2.jpg")  # The third: names count from 0.
    with shelf.catalogue.reading() as snapshot:
        n, found = snapshot.facet_counts(shelf.gallery.id, And(()), ["category"])
        counts = snapshot.category_counts(stored.id, shelf.gallery.id)
    assert n == 2
    assert found["category"] == [
        FacetCount("animals", 2, "things"),
        FacetCount("animals/cat", 2, "things"),
        FacetCount("animals/dog", 1, "things"),
    ]
    assert {one.value: one.n_items for one in found["category"]} == counts


def test_a_path_in_two_taxonomies_is_counted_and_filtered_apart(shelf: Shelf) -> None:
    one, two, three = (shelf.photo(f"{n}.jpg", str(n)) for n in range(3))
    named = {"things": keep(shelf, things("multi"))}
    named["a: b"] = keep(shelf, replace(things("multi"), name="a: b"))
    guess(shelf, named["things"], (one, "animals/dog", 0.9, True), (two, "sky", 0.9, True))
    guess(shelf, named["a: b"], (three, "animals/dog", 0.9, True), (two, "animals/dog", 0.9, True))
    with shelf.catalogue.reading() as snapshot:
        _, found = snapshot.facet_counts(shelf.gallery.id, And(()), ["category"])
    assert found["category"] == [
        FacetCount("animals", 2, "a: b"),
        FacetCount("animals/dog", 2, "a: b"),
        FacetCount("animals", 1, "things"),
        FacetCount("animals/dog", 1, "things"),
        FacetCount("sky", 1, "things"),
    ]
    assert in_category(shelf, "animals/dog") == [one, two, three]
    assert in_category(shelf, "Things:animals/DOG") == in_category(shelf, "things:animals") == [one]
    assert in_category(shelf, "a: b:animals") == in_category(shelf, "a: b:*") == [two, three]
    assert in_category(shelf, "things:*/dog") == [one]
    assert in_category(shelf, "things:dog") == in_category(shelf, "none:animals/dog") == []


def test_the_least_certain_items_come_first_for_review(shelf: Shelf) -> None:
    one, two, three, four = (shelf.photo(f"{n}.jpg", str(n)) for n in range(4))
    stored = keep(shelf, things())
    guess(
        shelf,
        stored,
        (one, "animals/dog", 0.95, True),
        (two, "sky", 0.55, True),
        (three, "animals/cat", 0.4, False),
        (four, "sky", 0.5, True),
    )
    decide(shelf, stored, four, "sky", Verdict.ACCEPT)
    with shelf.catalogue.reading() as snapshot:
        assert snapshot.uncertain_items(stored.id, shelf.gallery.id) == [two, three, one]
        animals = snapshot.uncertain_items(stored.id, shelf.gallery.id, path="animals", limit=1)
    assert animals == [three]


# What is learnt


def test_the_newest_model_counts_until_it_is_taken_back(shelf: Shelf) -> None:
    stored = keep(shelf, things())

    def present(kind: ModelKind = ModelKind.HEAD) -> bytes | None:
        with shelf.catalogue.reading() as snapshot:
            found = snapshot.category_model(stored.id, SPACE.id, kind)
        return None if found is None else found.payload

    def change(payload: bytes | None) -> None:
        with shelf.catalogue.writing(shelf.gallery.id) as work:
            if payload is None:
                work.undo_category_model(stored.id, SPACE.id, ModelKind.HEAD)
            else:
                work.add_category_model(
                    stored.id, SPACE.id, ModelKind.HEAD, payload=payload, report="{}"
                )
            work.commit()

    assert present() is None
    change(b"one")
    change(b"two")
    assert (present(), present(ModelKind.CALIBRATION)) == (b"two", None)
    change(None)
    assert present() == b"one"
    change(b"three")
    change(None)
    assert present() == b"one"
    change(None)
    assert present() is None
    with pytest.raises(NotFoundError, match="no head"):
        change(None)
