"""Uploads, thumbnails and previews as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.adapters.files.blobs import FileBlobStore
from search.errors import StoreError, UsageError


def test_a_blob_is_written_replaced_and_deleted(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path / "blobs")
    assert blobs.path("thumbs/a.jpg") is None
    path = blobs.write("thumbs/a.jpg", b"one")
    assert blobs.write("thumbs/a.jpg", b"two") == path
    assert path.read_bytes() == b"two"
    assert [found.name for found in path.parent.iterdir()] == ["a.jpg"]
    blobs.delete("thumbs/a.jpg")
    blobs.delete("thumbs/a.jpg")
    assert blobs.path("thumbs/a.jpg") is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a",
        "a/../b",
        "/etc/passwd",
        "a/.hidden",
        "a\\b",
        "C:/a",
        "a\0b",
        "a//../b",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    blobs = FileBlobStore(tmp_path / "blobs")
    for do in (
        lambda: blobs.write(name, b""),
        lambda: blobs.path(name),
        lambda: blobs.delete(name),
    ):
        with pytest.raises(UsageError, match="not a blob's name"):
            do()


def test_a_disk_that_refuses_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be written"):
        FileBlobStore(tmp_path / "file").write("a.jpg", b"")
