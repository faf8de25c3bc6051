"""Zip and tar files: members are found and read in place, forgeries and damage do no harm."""

from __future__ import annotations

import contextlib
import gzip
import io
import struct
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.opening import open_source
from indexer.sources.readers import ReaderCache
from indexer.sources.tar_stream import index_tar
from search.domain.indexing import FileStamp, RootKind
from search.errors import PictureError, PictureTooLargeError
from search.ports.photo_source import Found, FoundContainer, FoundPicture, UnreadableEntry


def make_zip(path: Path, members: dict[str, bytes], **options: int) -> None:
    with zipfile.ZipFile(path, "w", **options) as archive:  # type: ignore[arg-type]
        for name, content in members.items():
            archive.writestr(name, content)


def make_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> None:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def scan(root: Path, known: dict[str, FileStamp] | None = None) -> list[Found]:
    return list(open_source(str(root), RootKind.FOLDER).scan(known or {}))


def pictures(found: list[Found]) -> list[FoundPicture]:
    return [entry for entry in found if isinstance(entry, FoundPicture)]


def unreadable(found: list[Found]) -> list[UnreadableEntry]:
    return [entry for entry in found if isinstance(entry, UnreadableEntry)]


def read(root: Path, path: str, limit_bytes: int = 10**6) -> bytes:
    with closing(ReaderCache()) as reader:
        return reader.read(str(root), RootKind.FOLDER, path, limit_bytes)


MAKERS = {
    "a.zip": lambda path, members: make_zip(path, members),
    "a.tar": lambda path, members: make_tar(path, members),
    "a.tar.gz": lambda path, members: make_tar(path, members, "w:gz"),
    "a.tgz": lambda path, members: make_tar(path, members, "w:gz"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_members_are_found_and_read_in_any_order(tmp_path: Path, name: str) -> None:
    members = {f"x/{n}.jpg": bytes([n]) * (n + 1) for n in range(20)} | {"notes.md": b"no"}
    MAKERS[name](tmp_path / name, members)
    container, *rest = scan(tmp_path)
    stamp = FileStamp((tmp_path / name).stat().st_size, (tmp_path / name).stat().st_mtime_ns)
    assert container == FoundContainer(name, stamp, opened=True)
    assert [entry.path for entry in rest] == [f"{name}!/x/{n}.jpg" for n in range(20)]
    assert isinstance(rest[3], FoundPicture)
    assert rest[3].stamp == FileStamp(4, stamp.mtime_ns)
    reader = ReaderCache()
    for n in (5, 6, 2, 19, 0, 19):
        path = f"{name}!/x/{n}.jpg"
        assert reader.read(str(tmp_path), RootKind.FOLDER, path, 10**6) == bytes([n]) * (n + 1)
    reader.close()


@pytest.mark.parametrize("name", MAKERS)
def test_archive_that_is_unchanged_is_not_opened_again(tmp_path: Path, name: str) -> None:
    MAKERS[name](tmp_path / name, {"a.jpg": b"a"})
    container = scan(tmp_path)[0]
    assert isinstance(container, FoundContainer)
    again = scan(tmp_path, {name: container.stamp})
    assert again == [FoundContainer(name, container.stamp, opened=False)]


@pytest.mark.parametrize("name", MAKERS)
def test_archive_named_by_a_person_is_scanned_alone(tmp_path: Path, name: str) -> None:
    MAKERS[name](tmp_path / name, {"a.jpg": b"a"})
    (tmp_path / "b.jpg").touch()
    found = list(open_source(str(tmp_path), RootKind.FOLDER, below=name).scan({}))
    assert [entry.path for entry in found] == [name, f"{name}!/a.jpg"]


@pytest.mark.parametrize("name", MAKERS)
def test_names_that_lead_outside_are_told_and_never_read(tmp_path: Path, name: str) -> None:
    bad = ["../../etc/a.jpg", "/etc/b.jpg", "x/../../c.jpg", "..\\d.jpg"]
    MAKERS[name](tmp_path / name, dict.fromkeys(bad, b"x") | {"./ok.jpg": b"ok"})
    found = scan(tmp_path)
    assert [entry.path for entry in pictures(found)] == [f"{name}!/ok.jpg"]
    assert read(tmp_path, f"{name}!/ok.jpg") == b"ok"
    assert all("outside" in entry.reason for entry in unreadable(found))
    for member in bad:
        with pytest.raises(PictureError):
            read(tmp_path, f"{name}!/{member}")


@pytest.mark.parametrize("name", MAKERS)
def test_member_beyond_the_byte_limit_is_not_unpacked(tmp_path: Path, name: str) -> None:
    MAKERS[name](tmp_path / name, {"a.jpg": bytes(5_000)})
    with pytest.raises(PictureTooLargeError):
        read(tmp_path, f"{name}!/a.jpg", 4_999)
    assert len(read(tmp_path, f"{name}!/a.jpg", 5_000)) == 5_000


@pytest.mark.parametrize("name", MAKERS)
def test_archive_cut_short_is_told(tmp_path: Path, name: str) -> None:
    noise = bytes(n * n % 251 for n in range(30_000))
    MAKERS[name](tmp_path / name, {f"{n}.jpg": noise + bytes([n]) for n in range(4)})
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    found = scan(tmp_path)
    assert unreadable(found)
    assert not any(isinstance(entry, FoundContainer) for entry in found)


@pytest.mark.parametrize("name", MAKERS)
def test_file_that_is_no_archive_is_told(tmp_path: Path, name: str) -> None:
    for content in (b"", b"rubbish" * 300, b"PK\x03\x04" + bytes(600), b"\x1f\x8b" + bytes(600)):
        (tmp_path / name).write_bytes(content)
        found = scan(tmp_path)
        assert not pictures(found)
        assert content == b"" or len(unreadable(found)) == 1


def test_member_that_claims_less_than_it_unpacks_to_is_refused(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", {"a.jpg": bytes(10**6)}, compression=zipfile.ZIP_DEFLATED)
    content = (tmp_path / "a.zip").read_bytes()
    forged = content.replace(struct.pack("<I", 10**6), struct.pack("<I", 10))
    (tmp_path / "a.zip").write_bytes(forged)
    with pytest.raises(PictureError):
        read(tmp_path, "a.zip!/a.jpg")


def test_password_is_told(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", {"a.jpg": b"secret"})
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    (entry,) = unreadable(scan(tmp_path))
    assert entry.path == "a.zip!/a.jpg"
    assert "password" in entry.reason
    with pytest.raises(PictureError, match="password"):
        read(tmp_path, "a.zip!/a.jpg")


def test_links_and_devices_in_a_tar_are_passed_over(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in (("l.jpg", tarfile.SYMTYPE), ("h.jpg", tarfile.LNKTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        device = tarfile.TarInfo("d.jpg")
        device.type = tarfile.CHRTYPE
        archive.addfile(device)
    assert [type(entry) for entry in scan(tmp_path)] == [FoundContainer]


def test_tar_with_a_forged_long_header_is_told(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
    assert len(unreadable(scan(tmp_path))) == 1


def test_tar_that_unpacks_without_end_is_given_up(tmp_path: Path) -> None:
    info = tarfile.TarInfo("zeros.jpg")
    info.size = 50 * 2**20
    with gzip.open(tmp_path / "a.tar.gz", "wb") as file:
        file.write(info.tobuf())
        file.write(bytes(info.size))
    index = index_tar(tmp_path / "a.tar.gz", lambda: None, most_bytes=2**20)
    index.stream.close()
    assert "far more than photos" in index.damage


def test_long_skips_in_a_packed_tar_give_signs_of_life(tmp_path: Path) -> None:
    make_tar(tmp_path / "a.tgz", {"a.bin": bytes(130 * 2**20), "b.jpg": b"b"}, "w:gz")
    signs: list[int] = []
    with closing(ReaderCache(lambda: signs.append(1))) as reader:
        assert reader.read(str(tmp_path), RootKind.FOLDER, "a.tgz!/b.jpg", 10) == b"b"
    assert len(signs) >= 2


def test_hidden_members_and_thumbnails_are_passed_over(tmp_path: Path) -> None:
    names = ["__MACOSX/._a.jpg", "a.jpg", ".b.jpg", "@eaDir/c.jpg", "d/e.jpg"]
    make_zip(tmp_path / "a.zip", dict.fromkeys(names, b"x"))
    assert [p.path for p in pictures(scan(tmp_path))] == ["a.zip!/a.jpg", "a.zip!/d/e.jpg"]


def test_later_member_of_the_same_name_counts(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for content in (b"first", b"second"):
            info = tarfile.TarInfo("a.jpg")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert len(pictures(scan(tmp_path))) == 1
    assert read(tmp_path, "a.tar!/a.jpg") == b"second"


def test_archive_that_changed_is_opened_anew_while_reading(tmp_path: Path) -> None:
    reader = ReaderCache()
    for content in (b"one", b"other"):
        make_zip(tmp_path / "a.zip", {"a.jpg": content})
        found = reader.read(str(tmp_path), RootKind.FOLDER, "a.zip!/a.jpg", 100)
        assert found == content
    reader.close()


def test_folder_whose_name_looks_like_an_archive_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.zip!").mkdir()
    (tmp_path / "a.zip!/b.jpg").write_bytes(b"b")
    (tmp_path / "c.zip").mkdir()
    (tmp_path / "c.zip/d.jpg").write_bytes(b"d")
    assert [entry.path for entry in scan(tmp_path)] == ["a.zip!/b.jpg", "c.zip/d.jpg"]
    assert read(tmp_path, "a.zip!/b.jpg") == b"b"


@pytest.mark.parametrize("name", ["set.tar", "set.tgz"])
def test_webdataset_files_beside_a_picture_describe_it(tmp_path: Path, name: str) -> None:
    members = {
        "0001.jpg": b"1",
        "0001.txt": b"A dog\non a beach\n",
        "0001.cls": b"7",
        "0001.json": b'{"tags": ["dog", "beach"], "Width": 640, "caption": "no", "sha": null}',
        "0002.txt": b"before its picture",
        "0002.json": b"{broken",
        "0002.input.png": b"2",
        "0003.jpg": b"3",
    }
    MAKERS["a.tgz" if name.endswith("tgz") else "a.tar"](tmp_path / name, members)
    first, second, third = pictures(scan(tmp_path))
    assert first.title == "A dog on a beach"
    assert first.tags == ("dog", "beach")
    assert first.attributes["width"].number == 640
    assert first.attributes["class"].number == 7
    assert "sha" not in first.attributes
    assert (second.title, second.tags) == ("before its picture", ())
    assert (third.title, third.tags, third.attributes) == ("", (), {})


@pytest.mark.parametrize("name", MAKERS)
@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    st.floats(0.05, 1),
)
def test_damaged_archive_gives_members_or_reasons_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    changes: list[tuple[float, int]],
    share_kept: float,
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    MAKERS[name](folder / name, {"a.jpg": b"a" * 600, "b/c.jpg": b"c" * 60, "a.txt": b"title"})
    content = bytearray((folder / name).read_bytes())
    for place, value in changes:
        content[int(place * len(content))] = value
    (folder / name).write_bytes(content[: max(1, int(share_kept * len(content)))])
    for entry in scan(folder):
        if isinstance(entry, FoundPicture):
            with contextlib.suppress(PictureError):
                read(folder, entry.path)
