"""Archives and product catalogues, run after run."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest

from search.domain.item import ItemKind, ItemState
from search.errors import ConfirmationNeededError
from tests.support.galleries import GalleryUnderTest, draw


def pack(gallery: GalleryUnderTest, tmp_path: Path, seeds: list[int], *, age_s: float) -> None:
    """Write `album.zip` with one picture for each seed, last changed some time ago."""
    path = gallery.photos / "album.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for seed in seeds:
            archive.write(draw(tmp_path / f"{seed}.png", seed), f"{seed}.png")
    os.utime(path, (time.time() - age_s, time.time() - age_s))


def test_archive_that_grows_is_read_for_its_new_members_only(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    pack(gallery, tmp_path, [1, 2], age_s=500)
    first = gallery.run()
    before = gallery.live()
    pack(gallery, tmp_path, [1, 2, 3], age_s=400)

    second = gallery.run()

    assert (first.new, first.embedded) == (2, 2)
    assert (second.new, second.unchanged, second.embedded) == (1, 2, 1)
    assert before.items() <= gallery.live().items()
    assert "album.zip!/3.png" in gallery.live()


def test_unchanged_archive_is_not_opened_again(gallery: GalleryUnderTest, tmp_path: Path) -> None:
    pack(gallery, tmp_path, [1, 2], age_s=500)
    gallery.run()
    revision = gallery.row.revision

    report = gallery.run()

    assert (report.unchanged, report.new, report.missing) == (2, 0, 0)
    assert gallery.row.revision == revision


def test_member_taken_out_of_an_archive_is_missing(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    pack(gallery, tmp_path, [1, 2, 3], age_s=500)
    gallery.run(gallery.photos / "album.zip")
    pack(gallery, tmp_path, [1, 3], age_s=400)

    report = gallery.run(gallery.photos / "album.zip")

    assert (report.missing, report.unchanged) == (1, 2)
    assert set(gallery.missing()) == {"album.zip!/2.png"}


def test_archive_cut_off_hides_none_of_its_members(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    pack(gallery, tmp_path, [1, 2, 3], age_s=500)
    gallery.draw("a.png", 9)
    gallery.run()
    path = gallery.photos / "album.zip"
    path.write_bytes(path.read_bytes()[:200])

    report = gallery.run()

    assert [Path(failed.uri).name for failed in report.failed] == ["album.zip"]
    assert len(gallery.live()) == 4


def test_photo_taken_out_of_an_archive_keeps_its_item(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    pack(gallery, tmp_path, [1, 2], age_s=500)
    gallery.draw("a.png", 9)
    gallery.run()
    item_id = gallery.live()["album.zip!/2.png"]
    pack(gallery, tmp_path, [1], age_s=400)
    draw(gallery.photos / "unpacked.png", 2)

    report = gallery.run()

    assert (report.moved, report.missing, report.embedded) == (1, 0, 0)
    assert gallery.live()["unpacked.png"] == item_id


def write_catalogue(gallery: GalleryUnderTest, rows: list[str]) -> Path:
    path = gallery.photos / "shop.csv"
    path.write_text("\n".join(["sku,title,price,image", *rows]) + "\n")
    return path


def test_row_whose_price_changes_is_stored_without_embedding(gallery: GalleryUnderTest) -> None:
    for number in range(3):
        gallery.draw(f"pictures/{number}.png", number)
    rows = [f"s{n},Chair {n},{n}9.50,pictures/{n}.png" for n in range(3)]
    shop = write_catalogue(gallery, rows)
    first = gallery.run(shop)
    revision = gallery.row.revision
    unchanged = gallery.run(shop)
    write_catalogue(gallery, [*rows[:2], "s2,Chair 2,5.00,pictures/2.png"])

    report = gallery.run(shop)

    assert (first.new, first.embedded) == (3, 3)
    assert (unchanged.unchanged, gallery.row.revision > revision) == (3, True)
    assert (report.unchanged, report.new, report.embedded) == (3, 0, 0)
    prices = {i.title: i.attributes["price"].number for i in gallery.items(ItemState.LIVE)}
    assert prices == {"Chair 0": 9.5, "Chair 1": 19.5, "Chair 2": 5.0}
    assert {item.kind for item in gallery.items()} == {ItemKind.PRODUCT}


def test_unchanged_catalogue_takes_no_revision(gallery: GalleryUnderTest) -> None:
    gallery.draw("0.png", 0)
    shop = write_catalogue(gallery, ["s0,Chair,9.50,0.png"])
    gallery.run(shop)
    revision = gallery.row.revision

    report = gallery.run(shop)

    assert (report.unchanged, gallery.row.revision) == (1, revision)
    assert gallery.opened == ["ViT-B-32-256/datacomp_s34b_b86k"]


def test_product_with_another_picture_keeps_its_item(gallery: GalleryUnderTest) -> None:
    gallery.draw("old.png", 1)
    gallery.draw("new.png", 2)
    shop = write_catalogue(gallery, ["s0,Chair,9.50,old.png"])
    gallery.run(shop)
    (before,) = gallery.items(ItemState.LIVE)
    write_catalogue(gallery, ["s0,Chair,9.50,new.png"])

    report = gallery.run(shop)

    (after,) = gallery.items(ItemState.LIVE)
    assert (report.changed, report.missing, after.id) == (1, 0, before.id)
    assert after.uri.endswith("new.png")


def test_row_taken_out_hides_its_product_though_the_picture_stays(
    gallery: GalleryUnderTest,
) -> None:
    for number in range(3):
        gallery.draw(f"{number}.png", number)
    rows = [f"s{n},Chair {n},1,{n}.png" for n in range(3)]
    shop = write_catalogue(gallery, rows)
    gallery.run(shop)
    write_catalogue(gallery, rows[:2])

    report = gallery.run(shop)

    assert report.missing == 1
    assert {i.title for i in gallery.items(ItemState.LIVE)} == {"Chair 0", "Chair 1"}


def test_catalogue_that_became_empty_needs_confirmation(gallery: GalleryUnderTest) -> None:
    gallery.draw("0.png", 0)
    shop = write_catalogue(gallery, ["s0,Chair,1,0.png"])
    gallery.run(shop)
    write_catalogue(gallery, [])

    with pytest.raises(ConfirmationNeededError):
        gallery.run(shop)

    assert len(gallery.items(ItemState.LIVE)) == 1
