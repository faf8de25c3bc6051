"""Purging, finding what is wrong, and reading records."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from search.adapters.sql import open_catalogue
from search.adapters.sql.engine import parse_url
from search.domain.indexing import RootKind
from search.domain.item import ItemState
from search.errors import StoreError
from tests.catalogue.pictures import SPACE, Shelf, database_path, picture, product
from tests.catalogue.test_galleries import lease_of, publish


def purge(shelf: Shelf, *, missing_too: bool = False) -> int:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        n = work.purge(missing_too=missing_too)
        work.commit()
    return n


def test_purge_forgets_retired_views_and_takes_no_revision(shelf: Shelf) -> None:
    shelf.photo("1.jpg", "red")
    shelf.photo("1.jpg", "blue")
    before, rows = shelf.revision, shelf.findable()
    assert purge(shelf) == 1
    assert purge(shelf) == 0
    assert (shelf.revision, shelf.findable()) == (before, rows)
    with shelf.catalogue.reading() as snapshot:
        assert snapshot.gallery_by_id(shelf.gallery.id).pruned_below == before


def test_purge_spares_what_a_kept_generation_still_shows(shelf: Shelf) -> None:
    shelf.photo("1.jpg", "red")
    kept = publish(shelf, lease_of(shelf, "a"), "g1", revision=shelf.revision)
    shelf.photo("1.jpg", "blue")
    assert purge(shelf) == 0
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.remove_generations([kept.id])
        work.commit()
    assert purge(shelf) == 1


def test_deleted_item_can_be_restored_after_a_purge(shelf: Shelf) -> None:
    item_id = shelf.photo("1.jpg", "red")
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.delete_items([item_id])
        work.commit()
    purge(shelf)
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.restore_items([item_id])
        work.commit()
    assert shelf.item(item_id).state is ItemState.LIVE
    with shelf.catalogue.reading() as snapshot:
        assert snapshot.n_unembedded(shelf.gallery.id, SPACE.id) == 1
    assert shelf.store(shelf.picture("1.jpg", "red")).unchanged == 1
    assert len(shelf.findable()) == 1


def test_missing_items_go_for_good_only_when_asked(shelf: Shelf) -> None:
    shelf.store(*product(shelf.root, "sku", ["a", "b"]))
    kept = shelf.photo("1.jpg", "red")
    shelf.miss("sku/0.jpg", "sku/1.jpg")
    assert purge(shelf) == 0
    assert purge(shelf, missing_too=True) == 2
    assert shelf.known().keys() == {"1.jpg"}
    with shelf.catalogue.reading() as snapshot:
        assert [item.id for item in snapshot.list_items(shelf.gallery.id)] == [kept]
    assert list(shelf.catalogue.problems()) == []


# Problems


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE views SET state = 'missing'", "is live but has no live view"),
        ("UPDATE items SET state = 'missing'", "is missing but has a live view"),
        ("UPDATE galleries SET revision = 0", "is at revision 0"),
    ],
)
def test_contradiction_is_told(url: str, shelf: Shelf, damage: str, said: str) -> None:
    shelf.photo("1.jpg", "red")
    assert list(shelf.catalogue.problems()) == []
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text(damage))
    engine.dispose()
    assert any(said in problem for problem in shelf.catalogue.problems())


@pytest.mark.parametrize(
    "vector",
    [b"", b"1234", bytes(16), np.full(8, np.nan, np.float16).tobytes()],
)
def test_vector_that_is_none_is_told(url: str, shelf: Shelf, vector: bytes) -> None:
    shelf.photo("1.jpg", "red")
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE embeddings SET vector = :v"), {"v": vector})
    engine.dispose()
    assert any("not unit vectors" in problem for problem in shelf.catalogue.problems())


def test_row_that_refers_to_nothing_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('broken') / 'a.db'}"
    catalogue = open_catalogue(url)
    broken = sqlite3.connect(database_path(url))
    broken.execute("INSERT INTO roots VALUES (1, 99, '/photos', 'folder', 0)")
    broken.commit()
    broken.close()
    assert any("table roots refers to a row of galleries" in one for one in catalogue.problems())
    catalogue.close()


def test_damaged_file_is_an_error_of_the_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("broken") / "a.db"
    catalogue = open_catalogue(f"sqlite:///{path}")
    catalogue.close()
    path.write_bytes(path.read_bytes()[:4_096] + b"\xff" * 300_000)
    with pytest.raises(StoreError) as caught:
        open_catalogue(f"sqlite:///{path}")
    assert "restore a backup" in caught.value.hint


# Records


def test_items_are_paged_and_counted(shelf: Shelf) -> None:
    ids = [shelf.photo(f"{n}.jpg", f"{n}") for n in range(5)]
    shelf.miss("4.jpg")
    with shelf.catalogue.reading() as snapshot:
        page = snapshot.list_items(shelf.gallery.id, after_id=ids[0], limit=2)
        assert [item.id for item in page] == ids[1:3]
        missing = snapshot.list_items(shelf.gallery.id, state=ItemState.MISSING)
        assert [item.id for item in missing] == ids[4:]
        asked = snapshot.items(shelf.gallery.id, [ids[3], 999, ids[0], ids[3]])
        assert [item.id for item in asked] == [ids[3], ids[0], ids[3]]
        assert list(snapshot.items(shelf.gallery.id, [0, -1, 2**80])) == []
        counts = snapshot.counts(shelf.gallery.id)
        assert (counts.items, counts.views, counts.embedded, counts.missing) == (4, 4, 4, 1)
        views = snapshot.live_views(shelf.gallery.id, limit=3)
        assert [view.uri for view in views] == [f"/photos/{n}.jpg" for n in range(3)]
        rest = snapshot.live_views(shelf.gallery.id, after_id=views[-1].id)
        assert [view.uri for view in rest] == ["/photos/3.jpg"]
        rows = snapshot.item_rows(shelf.gallery.id, SPACE.id, [ids[2], ids[4], 999, ids[0]])
        assert rows.item_ids.tolist() == [ids[0], ids[2]]


def test_people_mean_items_by_id_sku_path_or_its_end(shelf: Shelf) -> None:
    one = shelf.photo("2024/sea/a.jpg", "red")
    two = shelf.photo("2025/sea/a.jpg", "blue")
    three = shelf.photo("2025/Sea/b.jpg", "green")
    shoe = shelf.store(*product(shelf.root, "SKU-7", ["x"])).item_ids[0]
    expected = {
        str(two): [two],
        "SKU-7": [shoe],
        "/photos/2024/sea/a.jpg": [one],
        "2024/sea/a.jpg": [one],
        "a.jpg": [one, two],
        "./sea/a.jpg": [one, two],
        "b.jpg": [three],
        "sea/b.jpg": [],
        "B.JPG": [],
        "/sea/a.jpg": [],
        "%": [],
        "": [],
        "/": [],
        "99999999999999999999": [],
        "\0": [],
    }
    with shelf.catalogue.reading() as snapshot:
        for reference, ids in expected.items():
            assert list(snapshot.find_items(shelf.gallery.id, reference)) == ids, reference


def test_root_is_found_again_and_its_device_kept_up_to_date(shelf: Shelf) -> None:
    device = 2**64 - 5
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        first = work.root("/photos/\udcff", RootKind.FOLDER, device)
        assert first.device == device
        assert work.root("/photos/\udcff", RootKind.FOLDER, None) == first
        assert work.root("/photos/\udcff", RootKind.FOLDER, 3).device == 3
        work.commit()
    with shelf.catalogue.reading() as snapshot:
        assert [root.path for root in snapshot.roots(shelf.gallery.id)] == ["/photos/\udcff"]


def test_catalogues_pictures_lie_beside_it(shelf: Shelf) -> None:
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        root = work.root("/shop/list.csv", RootKind.CATALOGUE, None)
        report = work.store_pictures(
            [
                picture(root, "img/1.jpg", "red", key="sku-1"),
                picture(root, "/elsewhere/2.jpg", "blue", key="sku-2"),
            ]
        )
        work.commit()
    uris = [shelf.item(i).uri for i in report.item_ids]
    assert uris == ["/shop/img/1.jpg", "/elsewhere/2.jpg"]


def test_vectors_stream_in_blocks_of_the_size_asked_for(shelf: Shelf) -> None:
    shelf.store(*(shelf.picture(f"{n}.jpg", f"{n}") for n in range(7)))
    with shelf.catalogue.reading() as snapshot:
        blocks = list(snapshot.view_rows(shelf.gallery.id, SPACE.id, block_rows=3))
    assert [len(block) for block in blocks] == [3, 3, 1]
    assert all(block.vectors.dtype == np.float16 for block in blocks)
    assert all(block.vectors.flags.c_contiguous for block in blocks)
    ids = [item_id for block in blocks for item_id in block.item_ids.tolist()]
    assert ids == sorted(ids)
