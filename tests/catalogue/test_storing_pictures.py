"""What storing a picture means."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from search.domain.indexing import FileStatus
from search.domain.item import ItemState
from tests.catalogue.pictures import Shelf, product, text


def test_stored_picture_is_findable_with_its_vector(shelf: Shelf) -> None:
    item_id = shelf.photo("a/one.jpg", "red", keywords=("Beach",), title="Sea")
    rows = shelf.changes().rows
    assert rows.item_ids.tolist() == [item_id]
    assert rows.vectors[0].tobytes() == shelf.picture("x", "red").vector.tobytes()
    record = shelf.item(item_id)
    assert record.uri == "/photos/a/one.jpg"
    assert record.state is ItemState.LIVE
    assert (record.tags, record.title) == (("Beach",), "Sea")


def test_storing_the_same_again_changes_nothing(shelf: Shelf) -> None:
    one = shelf.picture("one.jpg", "red", keywords=("a",), attributes={"camera": text("X")})
    shelf.store(one)
    before = shelf.revision
    report = shelf.store(one)
    assert (report.added, report.unchanged) == (0, 1)
    assert shelf.revision == before


def test_changed_pixels_make_a_new_view_and_retire_the_old_one(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red")
    old = shelf.item(item_id).views[0]
    report = shelf.store(shelf.picture("one.jpg", "blue"))
    assert (report.replaced, list(report.item_ids)) == (1, [item_id])
    views = shelf.item(item_id).views
    assert len(views) == 1
    assert views[0].id > old.id
    assert list(shelf.findable()) == [views[0].id]


def test_product_that_loses_one_of_three_pictures_stays_live(shelf: Shelf) -> None:
    report = shelf.store(*product(shelf.root, "sku-1", ["a", "b", "c"]))
    item_id = report.item_ids[0]
    assert set(report.item_ids) == {item_id}
    shelf.miss("sku-1/1.jpg")
    assert shelf.item(item_id).state is ItemState.LIVE
    assert len(shelf.findable()) == 2
    shelf.miss("sku-1/0.jpg", "sku-1/2.jpg")
    assert shelf.item(item_id).state is ItemState.MISSING
    assert shelf.findable() == {}


def test_missing_file_that_is_back_is_found_again(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red")
    shelf.miss("one.jpg")
    known = shelf.known()["one.jpg"]
    assert known.status is FileStatus.MISSING
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.mark_found({known.id: replace(known.stamp, mtime_ns=5)})
        work.commit()
    assert shelf.item(item_id).state is ItemState.LIVE
    assert shelf.known()["one.jpg"].status is FileStatus.OK
    assert shelf.known()["one.jpg"].stamp.mtime_ns == 5


def test_path_too_long_for_a_database_is_a_failure_and_stops_nothing(shelf: Shelf) -> None:
    long = [f"{n}/" + hashlib.shake_256(b"x").hexdigest(1_500) + ".jpg" for n in range(2)]
    report = shelf.store(*(shelf.picture(path, path) for path in (*long, "one.jpg")))
    assert (report.added, report.superseded, len(report.item_ids)) == (1, 2, 1)
    assert shelf.store(*(shelf.picture(path, path) for path in long)).item_ids == ()
    with shelf.catalogue.reading() as snapshot:
        failed = snapshot.failed_files(shelf.gallery.id)
    assert len(failed) == 2
    assert all("longer than the 2,000 bytes" in one.reason for one in failed)


def test_attribute_with_an_endless_name_is_left_out(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red", attributes={"k" * 5_000: text("v"), "a": text("b")})
    assert shelf.item(item_id).attributes == {"a": text("b")}


def test_an_item_is_read_as_it_was_stored(shelf: Shelf) -> None:
    """Numbers to the last bit, names of any bytes, and what has an order in its own."""
    numbers = {"third": 1 / 3, "taken_at": 1_433_160_000.123_456_7, "least": 5e-324, "all": None}
    attributes = {key: text('"quoted"\n\\ é 🦆', number) for key, number in numbers.items()}
    name = b'\xff caf\xe9 "x".jpg'.decode("utf-8", "surrogateescape")
    item_id = shelf.photo(name, "red", attributes=attributes, keywords=("b", "Ä", "a", "C"))
    record = shelf.item(item_id)
    assert record.attributes == attributes
    assert record.uri == f"/photos/{name}"
    assert record.tags == ("a", "b", "C", "Ä")
    assert list(record.attributes) == sorted(attributes)


def test_many_items_are_read_in_the_order_asked_for_with_their_views_in_theirs(
    shelf: Shelf,
) -> None:
    made = {
        sku: shelf.store(*product(shelf.root, sku, [f"{sku}{n}" for n in range(3)])).item_ids[0]
        for sku in ("one", "two", "three")
    }
    wanted = [made["three"], made["one"], 10**6, made["two"]]
    with shelf.catalogue.reading() as snapshot:
        records = snapshot.items(shelf.gallery.id, wanted)
    assert [record.id for record in records] == [one for one in wanted if one != 10**6]
    assert [view.uri for view in records[0].views] == [f"/photos/three/{n}.jpg" for n in range(3)]
