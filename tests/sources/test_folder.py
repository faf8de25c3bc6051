"""Folders: everything that is a picture is found, nothing else, and failures are told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.folder import FolderSource
from indexer.sources.opening import open_source
from search.domain.indexing import FileStamp, RootKind
from search.errors import PictureError, PictureTooLargeError, UsageError
from search.ports.photo_source import Found, FoundPicture, UnreadableEntry


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def source(root: Path, **options: object) -> FolderSource:
    opened = open_source(str(root), RootKind.FOLDER, **options)  # type: ignore[arg-type]
    assert isinstance(opened, FolderSource)
    return opened


def scan(
    root: Path, known: Mapping[str, FileStamp] | None = None, **options: object
) -> list[Found]:
    return list(source(root, **options).scan(known or {}))


def paths(found: list[Found]) -> list[str]:
    return [entry.path for entry in found]


def test_pictures_are_found_at_any_depth_in_a_stable_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.jpg", "a/z.PNG", "a/deep/er/raw.CR2", "c.heic", "notes.md", "noending")
    found = scan(tmp_path)
    assert paths(found) == ["b.jpg", "c.heic", "a/z.PNG", "a/deep/er/raw.CR2"]
    assert found == scan(tmp_path)
    first = found[0]
    assert isinstance(first, FoundPicture)
    status = (tmp_path / "b.jpg").stat()
    assert first.stamp == FileStamp(status.st_size, status.st_mtime_ns)
    assert first.item_key == "b.jpg"


def test_hidden_and_thumbnail_folders_are_passed_over(tmp_path: Path) -> None:
    junk = "@eaDir .thumbnails .dtrash __MACOSX lost+found .AppleDouble #recycle $RECYCLE.BIN"
    for folder in [*junk.split(), "Catalog Previews.lrdata", "L.photoslibrary/resources"]:
        touch(tmp_path, f"{folder}/x.jpg")
    touch(tmp_path, "._a.jpg", ".hidden.png", "keep/a.jpg", "L.photoslibrary/originals/0/b.jpg")
    assert paths(scan(tmp_path)) == ["L.photoslibrary/originals/0/b.jpg", "keep/a.jpg"]


def test_hidden_root_itself_is_walked(tmp_path: Path) -> None:
    touch(tmp_path, ".album/a.jpg")
    assert paths(scan(tmp_path / ".album")) == ["a.jpg"]


def test_videos_and_others_are_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "b.MOV", "c.txt", ".d.jpg", "e.jpg", "f.png")
    opened = source(tmp_path, exclude=["*.png"])
    assert len(list(opened.scan({}))) == 1
    counts = opened.passed_over
    assert (counts.videos, counts.others, counts.hidden, counts.excluded) == (2, 1, 1, 1)


def test_loops_of_links_end_and_each_folder_is_walked_once(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.jpg", "real/inner/b.jpg")
    (tmp_path / "real/inner/up").symlink_to(tmp_path)
    (tmp_path / "0-again").symlink_to(tmp_path / "real")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert paths(scan(tmp_path)) == ["real/a.jpg", "real/inner/b.jpg"]


def test_links_to_files_and_to_folders_elsewhere_are_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.jpg", "root/b.jpg")
    (tmp_path / "root/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root/c.jpg").symlink_to(tmp_path / "elsewhere/a.jpg")
    assert paths(scan(tmp_path / "root")) == ["b.jpg", "c.jpg", "linked/a.jpg"]


def test_link_to_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to(tmp_path / "gone.jpg")
    (entry,) = scan(tmp_path)
    assert isinstance(entry, UnreadableEntry)
    assert "cannot be looked at" in entry.reason


@pytest.fixture
def plain_user() -> Iterator[None]:
    """Not the superuser, who may read every folder."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("plain_user")
def test_folder_and_file_without_permission_are_told() -> None:
    with TemporaryDirectory() as name:
        root = Path(name)
        touch(root, "a.jpg", "closed/b.jpg", "c.jpg")
        (root / "closed").chmod(0)
        (root / "c.jpg").chmod(0)
        found = scan(root)
        with pytest.raises(PictureError, match="permission denied"):
            source(root).read("c.jpg", 100)
        (root / "closed").chmod(0o700)
    assert paths(found) == ["a.jpg", "c.jpg", "closed"]
    assert isinstance(found[2], UnreadableEntry)
    assert "permission denied" in found[2].reason


def test_folder_that_cannot_be_listed_is_told_and_no_deletion(tmp_path: Path) -> None:
    long_enough = "x" * 200
    touch(tmp_path, "a.jpg")
    (entry,) = scan(tmp_path, below="/".join([long_enough] * 30))
    assert isinstance(entry, UnreadableEntry)


def test_name_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).touch()
    (tmp_path / "café.jpg").touch()
    found = scan(tmp_path)
    assert len(found) == 2
    (bad,) = [entry for entry in found if isinstance(entry, UnreadableEntry)]
    assert bad.path == "caf\\xe9.jpg"


def test_pipes_are_no_pictures(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert scan(tmp_path) == []


def test_exclude_patterns_are_those_of_gitignore(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png", "drafts/b.jpg", "keep/drafts.jpg", "x/tmp/c.jpg", "tmp/d.jpg")
    found = scan(tmp_path, exclude=["*.png", "drafts/", "/tmp"])
    assert paths(found) == ["a.jpg", "keep/drafts.jpg", "x/tmp/c.jpg"]


def test_bad_exclude_pattern_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        source(tmp_path, exclude=["!"])


def test_ignore_file_holds_for_its_folder_and_a_deeper_one_takes_back(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png", "sub/b.png", "sub/keep.png", "sub/c.jpg", "other/c.jpg")
    (tmp_path / ".sightlineignore").write_text("*.png\n# a comment\n")
    (tmp_path / "sub/.sightlineignore").write_text("!keep.png\n/c.jpg\n")
    assert paths(scan(tmp_path)) == ["a.jpg", "other/c.jpg", "sub/keep.png"]
    assert paths(scan(tmp_path, below="sub")) == ["sub/keep.png"]


def test_ignore_file_that_cannot_be_read_hides_nothing_silently(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "sub/b.jpg")
    (tmp_path / "sub/.sightlineignore").write_text("!\n")
    found = scan(tmp_path)
    assert paths(found) == ["a.jpg", "sub"]
    assert isinstance(found[1], UnreadableEntry)


def test_part_of_a_root_keeps_the_roots_paths(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "2024/b.jpg", "2024/05/c.jpg", "2024x/d.jpg")
    assert paths(scan(tmp_path, below="2024")) == ["2024/b.jpg", "2024/05/c.jpg"]
    assert paths(scan(tmp_path, below="2024/b.jpg")) == ["2024/b.jpg"]


def test_file_named_by_a_person_is_tried_whatever_its_ending(tmp_path: Path) -> None:
    touch(tmp_path, "photo.bin", "b.jpg")
    (tmp_path / ".sightlineignore").write_text("*")
    assert paths(scan(tmp_path, below="photo.bin")) == ["photo.bin"]


def test_other_roots_inside_are_walked_around(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "inner/b.jpg", "inner2/c.jpg")
    found = scan(tmp_path, exclude_roots=[str(tmp_path / "inner")])
    assert paths(found) == ["a.jpg", "inner2/c.jpg"]


def test_root_that_is_gone_is_told(tmp_path: Path) -> None:
    (entry,) = scan(tmp_path / "gone")
    assert isinstance(entry, UnreadableEntry)
    assert entry.path == ""


def test_reading_is_bounded_and_gives_reasons(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    opened = source(tmp_path)
    assert opened.read("a.jpg", 100) == b"a.jpg"
    with pytest.raises(PictureTooLargeError):
        opened.read("a.jpg", 4)
    with pytest.raises(PictureError, match="gone"):
        opened.read("b.jpg", 100)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\x00"), min_size=1)


@given(st.sets(NAMES.filter(lambda n: len(n.encode()) < 100 and not n.startswith("."))))
def test_every_name_that_text_can_have_is_found(
    tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    root = tmp_path_factory.mktemp("names")
    touch(root, *(f"{name}.jpg" for name in names))
    assert set(paths(scan(root))) == {f"{name}.jpg" for name in names}
