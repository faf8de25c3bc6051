"""What a second run makes of files that stayed, changed, moved or vanished."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from search.domain.item import ItemState, TagOrigin
from search.errors import ConfirmationNeededError, ConflictError, NotFoundError
from tests.support.embedders import HashingEmbedder
from tests.support.galleries import GalleryUnderTest, draw


def fill(gallery: GalleryUnderTest, n: int = 5) -> None:
    for number in range(n):
        gallery.draw(f"{number}.png", number)
    gallery.run()


def test_first_run_records_the_model_and_makes_every_photo_findable(
    gallery: GalleryUnderTest,
) -> None:
    gallery.draw("a.png", 1)
    gallery.draw("deep/er/b.png", 2)

    report = gallery.run(model="hashing@0")

    assert (report.new, report.embedded, report.failed) == (2, 2, ())
    assert sorted(gallery.live()) == ["a.png", "deep/er/b.png"]
    assert gallery.row.active_space_id == gallery.embedder.space.id == report.space
    with gallery.catalogue.reading() as snapshot:
        assert snapshot.counts(gallery.row.id).embedded == 2


def test_unchanged_files_are_neither_read_nor_embedded_and_take_no_revision(
    gallery: GalleryUnderTest,
) -> None:
    fill(gallery)
    revision, gallery.opened[:] = gallery.row.revision, []

    report = gallery.run()

    assert (report.unchanged, report.new, report.embedded) == (5, 0, 0)
    assert gallery.row.revision == revision
    assert gallery.opened == []


def test_touched_file_is_hashed_again_but_not_embedded(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    revision = gallery.row.revision
    os.utime(gallery.photos / "0.png", (time.time() - 500, time.time() - 500))

    report = gallery.run()

    assert (report.unchanged, report.changed, report.embedded) == (5, 0, 0)
    assert gallery.row.revision == revision


def test_edit_within_two_seconds_of_a_scan_is_noticed_though_size_and_time_stay(
    gallery: GalleryUnderTest,
) -> None:
    now = time.time()
    path = gallery.draw("a.bmp", 1, mtime=now)
    gallery.run()
    draw(path, 2, mtime=now)

    assert gallery.run().changed == 1


def test_edited_file_becomes_a_new_view_of_its_item(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    before = gallery.item("2.png")
    gallery.draw("2.png", 99, mtime=time.time() - 100)

    report = gallery.run()

    after = gallery.item("2.png")
    assert (report.changed, report.new, report.embedded) == (1, 0, 1)
    assert after.id == before.id
    assert after.views[-1].id != before.views[-1].id


def test_rehash_notices_an_edit_that_kept_size_and_time(gallery: GalleryUnderTest) -> None:
    path = gallery.draw("a.bmp", 1)
    gallery.run()
    draw(path, 2)

    assert gallery.run().changed == 0
    assert gallery.run(rehash=True).changed == 1


def test_renamed_file_keeps_item_tags_and_embedding(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    item = gallery.item("1.png")
    with gallery.catalogue.writing(gallery.row.id) as work:
        work.add_tags([item.id], ["favourite"], origin=TagOrigin.PERSON)
        work.commit()
    (gallery.photos / "1.png").rename(gallery.photos / "renamed.png")

    report = gallery.run()

    moved = gallery.item("renamed.png")
    assert (report.moved, report.new, report.missing, report.embedded) == (1, 0, 0, 0)
    assert (moved.id, moved.tags) == (item.id, ("favourite",))
    assert moved.state is ItemState.LIVE


def test_moved_tree_keeps_every_item(gallery: GalleryUnderTest) -> None:
    for number in range(6):
        gallery.draw(f"old/{number}.png", number)
    gallery.run()
    before = sorted(gallery.live().values())
    (gallery.photos / "old").rename(gallery.photos / "new")

    report = gallery.run()

    assert (report.moved, report.missing, report.embedded) == (6, 0, 0)
    assert sorted(gallery.live().values()) == before
    assert all(name.startswith("new/") for name in gallery.live())


def test_file_missing_since_an_earlier_run_is_recognised_elsewhere(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    fill(gallery)
    item = gallery.item("1.png")
    shutil.move(gallery.photos / "1.png", tmp_path / "aside.png")
    assert gallery.run().missing == 1
    shutil.move(tmp_path / "aside.png", gallery.photos / "back.png")

    report = gallery.run()

    assert (report.moved, report.new) == (1, 0)
    assert gallery.item("back.png").id == item.id


def test_copy_is_an_item_of_its_own_with_the_stored_embedding(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    shutil.copy2(gallery.photos / "1.png", gallery.photos / "copy.png")

    report = gallery.run()

    assert (report.new, report.moved, report.embedded, report.copied) == (1, 0, 0, 1)
    assert gallery.item("copy.png").id != gallery.item("1.png").id


def test_two_new_paths_for_one_missing_file_are_two_new_items(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    shutil.copy2(gallery.photos / "1.png", gallery.photos / "x.png")
    shutil.move(gallery.photos / "1.png", gallery.photos / "y.png")

    report = gallery.run()

    assert (report.moved, report.new, report.missing, report.embedded) == (0, 2, 1, 0)


def test_equal_files_in_one_run_are_embedded_once(gallery: GalleryUnderTest) -> None:
    for name in ("a.png", "b.png", "c.png"):
        gallery.draw(name, 1)

    report = gallery.run()

    assert (report.new, report.embedded) == (3, 1)


def test_deleted_file_is_missing_and_found_again_without_embedding(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    fill(gallery)
    item = gallery.item("3.png")
    shutil.move(gallery.photos / "3.png", tmp_path / "3.png")
    assert gallery.run().missing == 1
    assert "3.png" not in gallery.live()
    assert gallery.item("3.png").state is ItemState.MISSING
    shutil.move(tmp_path / "3.png", gallery.photos / "3.png")

    report = gallery.run()

    assert (report.returned, report.embedded) == (1, 0)
    assert gallery.live()["3.png"] == item.id


def test_deleted_item_stays_deleted_when_its_file_changes(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    item = gallery.item("1.png")
    with gallery.catalogue.writing(gallery.row.id) as work:
        work.delete_items([item.id])
        work.commit()
    gallery.run()
    assert "1.png" not in gallery.live()
    gallery.draw("1.png", 77, mtime=time.time() - 100)

    gallery.run()

    assert "1.png" not in gallery.live()
    assert gallery.item("1.png").state is ItemState.DELETED


def test_file_replaced_by_a_folder_of_its_name(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    (gallery.photos / "1.png").unlink()
    gallery.draw("1.png/inside.png", 50)

    report = gallery.run()

    assert (report.new, report.missing) == (1, 1)
    assert "1.png/inside.png" in gallery.live()


def test_link_that_leads_in_a_circle_ends(gallery: GalleryUnderTest) -> None:
    gallery.draw("sub/a.png", 1)
    (gallery.photos / "sub" / "loop").symlink_to(gallery.photos)

    assert gallery.run().new == 1
    assert gallery.run().unchanged == 1


@pytest.mark.parametrize("link_first", [True, False])
def test_link_that_is_named_and_found_in_its_folder_is_one_item(
    gallery: GalleryUnderTest, tmp_path: Path, link_first: bool
) -> None:
    elsewhere = draw(tmp_path / "elsewhere" / "original.png", 1)
    gallery.photos.mkdir(parents=True, exist_ok=True)
    link = gallery.photos / "link.png"
    link.symlink_to(elsewhere)
    targets = [[link], [gallery.photos]] if link_first else [[gallery.photos], [link]]

    for target in targets:
        gallery.run(*target)
    assert list(gallery.live()) == ["link.png"]
    gallery.run(gallery.photos, link)
    assert list(gallery.live()) == ["link.png"]

    link.unlink()
    assert gallery.run(confirm_missing=True).missing == 1


def test_dry_run_says_what_would_happen_and_writes_nothing(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    revision = gallery.row.revision
    gallery.draw("new.png", 30)
    gallery.draw("1.png", 31, mtime=time.time() - 100)
    (gallery.photos / "2.png").unlink()

    report = gallery.run(dry_run=True)

    assert (report.new, report.changed, report.missing, report.unchanged) == (1, 1, 1, 3)
    assert gallery.row.revision == revision
    assert "new.png" not in gallery.live()


def test_dry_run_on_a_new_home_makes_no_gallery(gallery: GalleryUnderTest) -> None:
    gallery.draw("a.png", 1)

    assert gallery.run(dry_run=True).new == 1
    with gallery.catalogue.reading() as snapshot:
        assert list(snapshot.galleries()) == []


def test_another_model_is_refused_with_the_way_to_switch(gallery: GalleryUnderTest) -> None:
    fill(gallery)

    with pytest.raises(ConflictError) as refused:
        gallery.run(model="hashing@1")

    assert "sightline reindex --model hashing@1" in refused.value.hint


def test_weights_that_changed_under_the_same_name_are_refused(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    gallery.draw("new.png", 20)

    with pytest.raises(ConflictError, match="have changed"):
        gallery.run(open_embedder=lambda spec: HashingEmbedder(seed=7))

    assert "new.png" not in gallery.live()


def test_unknown_target_is_named(gallery: GalleryUnderTest, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nowhere"):
        gallery.run(tmp_path / "nowhere")


def test_empty_root_looks_unmounted_and_hides_nothing(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    for path in gallery.photos.iterdir():
        path.unlink()

    with pytest.raises(ConfirmationNeededError, match="not mounted"):
        gallery.run()

    assert len(gallery.live()) == 5
    assert gallery.run(confirm_missing=True).missing == 5


def test_root_that_is_gone_hides_nothing(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    shutil.rmtree(gallery.photos)

    with pytest.raises(ConfirmationNeededError):
        gallery.run()

    assert len(gallery.live()) == 5


def test_losing_over_half_is_refused_but_the_rest_is_indexed(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    for number in range(3):
        (gallery.photos / f"{number}.png").unlink()
    gallery.draw("new.png", 20)

    with pytest.raises(ConfirmationNeededError) as refused:
        gallery.run()

    assert "--confirm-missing" in refused.value.hint
    assert refused.value.report.new == 1  # type: ignore[attr-defined]
    assert len(gallery.live()) == 6
    assert gallery.run(confirm_missing=True).missing == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_folder_without_permission_is_a_failure_and_no_deletion(
    gallery: GalleryUnderTest,
) -> None:
    fill(gallery)
    gallery.draw("closed/a.png", 9)
    gallery.run()
    (gallery.photos / "closed").chmod(0)

    report = gallery.run()
    (gallery.photos / "closed").chmod(0o755)

    assert [Path(failed.uri).name for failed in report.failed] == ["closed"]
    assert "closed/a.png" in gallery.live()
    assert gallery.run().failed == ()


def test_part_of_a_root_marks_only_its_own_files_missing(gallery: GalleryUnderTest) -> None:
    for name in ("a/1.png", "a/2.png", "a/3.png", "b/1.png"):
        gallery.draw(name, hash(name) % 1000)
    gallery.run()
    (gallery.photos / "a/1.png").unlink()
    (gallery.photos / "b/1.png").unlink()

    report = gallery.run(gallery.photos / "a")

    assert report.missing == 1
    assert sorted(gallery.live()) == ["a/2.png", "a/3.png", "b/1.png"]


def test_single_file_never_marks_another_missing(gallery: GalleryUnderTest) -> None:
    fill(gallery)
    (gallery.photos / "0.png").unlink()

    report = gallery.run(gallery.photos / "1.png")

    assert (report.unchanged, report.missing) == (1, 0)
    assert len(gallery.live()) == 5


def test_folder_above_known_ones_walks_around_them(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    fill(gallery, 3)
    before = gallery.live()
    draw(tmp_path / "other.png", 40)

    report = gallery.run(tmp_path)

    assert (report.new, report.unchanged) == (1, 3)
    assert {name: i for name, i in gallery.live().items() if "/" not in name} == before


def test_failed_file_is_recorded_and_tried_again_only_when_it_changes(
    gallery: GalleryUnderTest,
) -> None:
    broken = gallery.photos / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    os.utime(broken, (time.time() - 5000, time.time() - 5000))
    gallery.draw("a.png", 1)

    first = gallery.run()
    second = gallery.run()
    draw(broken, 5, mtime=time.time() - 100)
    third = gallery.run()

    assert [Path(f.uri).name for f in first.failed] == ["broken.jpg"]
    assert first.failed[0].reason
    assert (second.failed, second.skipped, second.unchanged) == ((), 1, 1)
    assert (third.failed, third.new + third.changed) == ((), 1)
    with gallery.catalogue.reading() as snapshot:
        assert not snapshot.failed_files(gallery.row.id)


def test_file_list_names_photos_and_its_stale_lines_are_told(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    a, b = gallery.draw("a.png", 1), gallery.draw("deep/b.png", 2)
    names = tmp_path / "names.txt"
    names.write_text(f"{a}\n{b}\n{gallery.photos}/gone.png\n")

    report = gallery.run(names)

    assert report.new == 2
    assert [Path(f.uri).name for f in report.failed] == ["gone.png"]
