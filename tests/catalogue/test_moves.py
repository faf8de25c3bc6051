"""Files found elsewhere, gone, back again, or unreadable."""

from __future__ import annotations

from search.domain.indexing import FailedPicture, FileSlot, FileStamp, FileStatus, MovedFile
from search.domain.item import ItemState, TagOrigin
from tests.catalogue.pictures import STAMP, Shelf, digest, product

LATER = FileStamp(2000, 1_800_000_000_000_000_000, 1_800_000_100.0)


def move(shelf: Shelf, *pairs: tuple[str, str]) -> None:
    known = shelf.known()
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.move_files(
            [
                MovedFile(known[old].id, FileSlot(shelf.root.id, new, new), LATER)
                for old, new in pairs
            ]
        )
        work.commit()


def test_moved_file_keeps_item_tags_and_embedding(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red", keywords=("file",))
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_tags([item_id], ["mine"], origin=TagOrigin.PERSON)
        work.commit()
    before = shelf.findable()
    shelf.miss("one.jpg")
    move(shelf, ("one.jpg", "sub/two.jpg"))
    record = shelf.item(item_id)
    assert (record.uri, record.state) == ("/photos/sub/two.jpg", ItemState.LIVE)
    assert record.tags == ("file", "mine")
    assert shelf.findable() == before
    assert shelf.known().keys() == {"sub/two.jpg"}
    assert shelf.known()["sub/two.jpg"].stamp == LATER


def test_files_that_change_places_take_their_items_along(shelf: Shelf) -> None:
    red, blue = shelf.photo("a.jpg", "red"), shelf.photo("b.jpg", "blue")
    move(shelf, ("a.jpg", "b.jpg"), ("b.jpg", "a.jpg"))
    assert shelf.item(red).uri == "/photos/b.jpg"
    assert shelf.item(blue).uri == "/photos/a.jpg"
    assert len(shelf.findable()) == 2
    assert shelf.store(shelf.picture("a.jpg", "blue")).unchanged == 1


def test_missing_item_gives_its_place_to_a_moved_one_and_is_kept(shelf: Shelf) -> None:
    old, new = shelf.photo("place.jpg", "old"), shelf.photo("new.jpg", "new")
    shelf.miss("place.jpg")
    move(shelf, ("new.jpg", "place.jpg"))
    assert shelf.item(new).uri == "/photos/place.jpg"
    assert shelf.item(old).state is ItemState.MISSING
    assert shelf.item(old).uri == "/photos/place.jpg"
    assert shelf.known()["place.jpg"].item_id == new


def test_displaced_item_comes_back_when_its_content_does(shelf: Shelf) -> None:
    old, new = shelf.photo("place.jpg", "old"), shelf.photo("new.jpg", "new")
    shelf.miss("place.jpg")
    move(shelf, ("new.jpg", "place.jpg"))
    with shelf.catalogue.reading() as snapshot:
        known = list(snapshot.files_by_hash(shelf.gallery.id, [digest("old")]))
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        slot = FileSlot(shelf.root.id, "back.jpg", "back.jpg")
        work.move_files([MovedFile(known[0].id, slot, LATER)])
        work.commit()
    assert (shelf.item(old).uri, shelf.item(old).state) == ("/photos/back.jpg", ItemState.LIVE)
    assert shelf.item(new).uri == "/photos/place.jpg"


def test_products_pictures_may_change_order(shelf: Shelf) -> None:
    item_id = shelf.store(*product(shelf.root, "sku", ["a", "b"])).item_ids[0]
    known = shelf.known()
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.move_files(
            [
                MovedFile(known[f"sku/{n}.jpg"].id, FileSlot(shelf.root.id, path, "sku", at), LATER)
                for n, at, path in ((0, 1, "sku/0.jpg"), (1, 0, "sku/1.jpg"))
            ]
        )
        work.commit()
    assert [view.uri for view in shelf.item(item_id).views] == [
        "/photos/sku/1.jpg",
        "/photos/sku/0.jpg",
    ]


def test_one_picture_of_a_product_may_leave_for_another(shelf: Shelf) -> None:
    first = shelf.store(*product(shelf.root, "sku-1", ["a", "b"])).item_ids[0]
    second = shelf.store(*product(shelf.root, "sku-2", ["c"])).item_ids[0]
    known = shelf.known()
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        slot = FileSlot(shelf.root.id, "sku-1/1.jpg", "sku-2", 1)
        work.move_files([MovedFile(known["sku-1/1.jpg"].id, slot, LATER)])
        work.commit()
    assert len(shelf.item(first).views) == 1
    assert len(shelf.item(second).views) == 2
    assert {*shelf.changes(shelf.revision - 1).item_ids.tolist()} == {first, second}
    assert list(shelf.catalogue.problems()) == []


def test_picture_that_leaves_its_product_for_an_empty_place_makes_an_item(shelf: Shelf) -> None:
    first = shelf.store(*product(shelf.root, "sku-1", ["a", "b"])).item_ids[0]
    known = shelf.known()
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        slot = FileSlot(shelf.root.id, "sku-1/1.jpg", "sku-9", 0)
        work.move_files([MovedFile(known["sku-1/1.jpg"].id, slot, LATER)])
        work.commit()
    new = shelf.known()["sku-1/1.jpg"].item_id
    assert new is not None
    assert new != first
    assert [len(shelf.item(i).views) for i in (first, new)] == [1, 1]


def test_deleted_item_that_moves_stays_deleted(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red")
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        assert work.delete_items([item_id, item_id, 999]) == 1
        work.commit()
    move(shelf, ("one.jpg", "two.jpg"))
    assert shelf.item(item_id).state is ItemState.DELETED
    assert shelf.findable() == {}
    shelf.store(shelf.picture("two.jpg", "blue"))
    assert shelf.item(item_id).state is ItemState.DELETED
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        assert work.restore_items([item_id]) == 1
        assert work.restore_items([item_id]) == 0
        work.commit()
    assert len(shelf.findable()) == 1


def test_failed_read_is_no_deletion(shelf: Shelf) -> None:
    item_id = shelf.photo("one.jpg", "red")
    before, revision = shelf.findable(), shelf.revision
    slot = shelf.known()["one.jpg"].slot
    new = FileSlot(shelf.root.id, "broken.jpg", "broken.jpg")
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.store_failures(
            [FailedPicture(slot, LATER, "It ends too early."), FailedPicture(new, LATER, "Empty.")]
        )
        work.commit()
    assert (shelf.findable(), shelf.revision) == (before, revision)
    assert shelf.item(item_id).state is ItemState.LIVE
    with shelf.catalogue.reading() as snapshot:
        failed = {one.uri: one.reason for one in snapshot.failed_files(shelf.gallery.id)}
        assert snapshot.counts(shelf.gallery.id).failed == 2
    assert failed == {"/photos/one.jpg": "It ends too early.", "/photos/broken.jpg": "Empty."}
    report = shelf.store(shelf.picture("one.jpg", "red"), shelf.picture("broken.jpg", "green"))
    assert (report.unchanged, report.added) == (1, 1)
    assert {known.status for known in shelf.known().values()} == {FileStatus.OK}


def test_failed_file_that_vanishes_is_forgotten_and_a_missing_one_stays(shelf: Shelf) -> None:
    shelf.photo("one.jpg", "red")
    new = FileSlot(shelf.root.id, "broken.jpg", "broken.jpg")
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.store_failures([FailedPicture(new, LATER, "Empty.")])
        work.store_containers(shelf.root.id, {"a.zip": LATER})
        work.commit()
    assert shelf.known()["a.zip"].status is FileStatus.CONTAINER
    shelf.miss("one.jpg", "broken.jpg", "a.zip")
    assert {path: known.status for path, known in shelf.known().items()} == {
        "one.jpg": FileStatus.MISSING
    }
    with shelf.catalogue.reading() as snapshot:
        counts = snapshot.counts(shelf.gallery.id)
    assert (counts.items, counts.missing, counts.failed) == (0, 1, 0)


def test_new_stamp_alone_takes_no_revision(shelf: Shelf) -> None:
    shelf.photo("one.jpg", "red")
    known, revision = shelf.known()["one.jpg"], shelf.revision
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.refresh_files({known.id: LATER, 999: LATER})
        assert work.commit() == revision
    assert shelf.known()["one.jpg"].stamp == LATER
    assert shelf.known()["one.jpg"].scanned_at == LATER.taken_at


def test_files_are_known_by_folder_by_archive_and_by_content(shelf: Shelf) -> None:
    for path in ("a/1.jpg", "a/b/2.jpg", "ab/3.jpg", "a.zip!/4.jpg", "5.jpg"):
        shelf.photo(path, path)
    assert shelf.known("a").keys() == {"a/1.jpg", "a/b/2.jpg"}
    assert shelf.known("a/b/").keys() == {"a/b/2.jpg"}
    assert shelf.known("a.zip").keys() == {"a.zip!/4.jpg"}
    assert shelf.known("5.jpg").keys() == {"5.jpg"}
    assert len(shelf.known()) == 5
    with shelf.catalogue.reading() as snapshot:
        found = snapshot.files_by_hash(shelf.gallery.id, [digest("5.jpg"), digest("none")])
        assert [known.slot.path for known in found] == ["5.jpg"]
        sizes = snapshot.hashes_of_sizes(shelf.gallery.id, [STAMP.size_bytes, 3])
        assert sizes.keys() == {STAMP.size_bytes}
        assert digest("5.jpg") in sizes[STAMP.size_bytes]
