"""Tags and attributes: what files say, what people say, and who wins."""

from __future__ import annotations

import pytest

from search.domain.item import TagOrigin
from search.errors import UsageError
from tests.catalogue.pictures import Shelf, picture, product, text


def tag(shelf: Shelf, item_id: int, *names: str) -> int:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        n = work.add_tags([item_id], names, origin=TagOrigin.PERSON)
        work.commit()
    return n


def untag(shelf: Shelf, item_id: int, *names: str) -> int:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        n = work.remove_tags([item_id], names)
        work.commit()
    return n


def test_tags_are_one_whatever_their_case(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red")
    assert tag(shelf, item_id, "Straße", "STRASSE", " beach  walk ") == 2
    assert tag(shelf, item_id, "beach walk") == 0
    assert shelf.item(item_id).tags == ("beach walk", "Straße")
    assert untag(shelf, item_id, "strasse", "unknown") == 1
    assert shelf.item(item_id).tags == ("beach walk",)


def test_tagging_stamps_the_item_and_tagging_twice_does_not(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red")
    before = shelf.revision
    tag(shelf, item_id, "a")
    assert shelf.changes(before).item_ids.tolist() == [item_id]
    assert shelf.revision == before + 1
    tag(shelf, item_id, "a")
    assert shelf.revision == before + 1


def test_files_keyword_that_a_person_removed_does_not_come_back(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red", keywords=("a", "b"))
    untag(shelf, item_id, "a")
    shelf.photo("one.jpg", "red", keywords=("a", "b"))
    shelf.photo("one.jpg", "blue", keywords=("a", "b", "c"))
    assert shelf.item(item_id).tags == ("b", "c")
    assert tag(shelf, item_id, "a") == 1
    assert shelf.item(item_id).tags == ("a", "b", "c")


def test_keyword_that_left_the_file_leaves_the_item(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red", keywords=("a", "b"))
    tag(shelf, item_id, "b", "mine")
    before = shelf.revision
    shelf.photo("one.jpg", "red")
    assert shelf.item(item_id).tags == ("b", "mine")
    assert shelf.revision == before + 1


def test_tags_are_counted_over_live_items(shelf: Shelf) -> None:
    first = shelf.photo("1.jpg", "red", keywords=("b", "a"))
    shelf.photo("2.jpg", "blue", keywords=("b",))
    shelf.photo("3.jpg", "green", keywords=("c",))
    shelf.miss("3.jpg")
    untag(shelf, first, "a")
    with shelf.catalogue.reading() as snapshot:
        assert list(snapshot.tags(shelf.gallery.id)) == [("b", 2)]


@pytest.mark.parametrize("name", ["", "  ", "x" * 256])
def test_tag_that_is_none_is_refused(shelf: Shelf, name: str) -> None:
    item_id = shelf.photo("one.jpg", "red")
    with pytest.raises(UsageError):
        tag(shelf, item_id, name)


def test_items_of_other_galleries_are_left_alone(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red")
    other = shelf.catalogue.create_gallery("other")
    with shelf.catalogue.writing(other.id) as work:
        assert work.add_tags([item_id], ["a"], origin=TagOrigin.PERSON) == 0
        assert work.delete_items([item_id]) == 0
        work.mark_missing([known.id for known in shelf.known().values()])
        work.commit()
    assert shelf.item(item_id).tags == ()
    assert len(shelf.findable()) == 1


# Attributes


def test_catalogues_row_wins_over_the_picture(shelf: Shelf) -> None:
    item_id = shelf.photo(
        "one.jpg",
        "red",
        attributes={"camera": text("X"), "price": text("9", 9.0)},
        title="From the file",
        item_title="From the row",
        item_attributes={"Price": text("5", 5.0)},
    )
    record = shelf.item(item_id)
    assert record.title == "From the row"
    assert record.attributes == {"camera": text("X"), "price": text("5", 5.0)}


def test_what_the_first_picture_stops_saying_is_gone(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red", attributes={"a": text("1"), "b": text("2")})
    before = shelf.revision
    shelf.photo("one.jpg", "red", attributes={"b": text("3")})
    assert shelf.item(item_id).attributes == {"b": text("3")}
    assert shelf.changes(before).item_ids.tolist() == [item_id]


def test_products_first_picture_speaks_and_the_others_only_add_the_row(shelf: Shelf) -> None:
    pictures = product(shelf.root, "sku", ["a", "b"], attributes={"camera": text("X")})
    second = picture(
        shelf.root,
        "sku/1.jpg",
        "b",
        key="sku",
        ordinal=1,
        item_kind="product",
        attributes={"camera": text("other")},
        item_attributes={"price": text("5", 5.0)},
    )
    item_id = shelf.store(pictures[0], second).item_ids[0]
    expected = {"camera": text("X"), "price": text("5", 5.0)}
    assert shelf.item(item_id).attributes == expected
    shelf.store(second)
    assert shelf.item(item_id).attributes == expected


def test_text_that_no_database_takes_is_stored_cleaned(shelf: Shelf) -> None:
    item_id = shelf.photo(
        "bad-\udcff.jpg",
        "red",
        attributes={"camera": text("Ni\0kon \ud800", float("nan"))},
        keywords=("a\0b", "\0", "é" * 300),
        title="x\0",
    )
    record = shelf.item(item_id)
    assert record.uri == "/photos/bad-\udcff.jpg"
    assert record.attributes == {"camera": text("Ni\ufffdkon \ufffd")}
    assert record.tags == ("a\ufffdb", "\ufffd")
    assert shelf.known("bad-\udcff.jpg").keys() == {"bad-\udcff.jpg"}
    with shelf.catalogue.reading() as snapshot:
        for reference in ("/photos/bad-\udcff.jpg", "bad-\udcff.jpg", str(item_id)):
            assert list(snapshot.find_items(shelf.gallery.id, reference)) == [item_id]
