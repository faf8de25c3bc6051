"""Pictures that clients add: kept as files first, embedded by the worker afterwards.

An upload's file lies in the home under its gallery's number and its content's digest, and is
complete and synced before the client hears of it; whatever happens then, the worker finds it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.formats import ending_of, is_picture_name
from search.adapters.files.blobs import FileBlobStore
from search.domain.gallery import Gallery
from search.domain.service import Job, JobKind
from search.errors import PictureError
from search.ports.catalogue import Catalogue
from search.settings import Settings

_UNSAFE = re.compile(r"[^\w .()+,=@-]+")
_LONGEST_NAME = 120

_STARTS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\x89PNG\r\n\x1a\n", ".png"),
    (0, b"GIF8", ".gif"),
    (8, b"WEBP", ".webp"),
    (0, b"II*\x00", ".tif"),
    (0, b"MM\x00*", ".tif"),
    (0, b"BM", ".bmp"),
    (4, b"ftypavif", ".avif"),
    (4, b"ftyp", ".heic"),
    (0, b"\x00\x00\x00\x0cjP", ".jp2"),
)
"""How files of common kinds begin: an offset, the bytes there, and an ending."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A picture as it came. `name` is the client's and not to be trusted."""

    name: str
    content: bytes


class Uploads:
    """Takes pictures in."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._root = settings.uploads_path
        self._catalogue = catalogue

    def folder(self, gallery_id: int) -> Path:
        """Where a gallery's uploads lie, links resolved: one of its roots. Numbers are never used
        again, so a gallery made later under the same name does not inherit them."""
        return self._root.resolve() / str(gallery_id)

    def shown_name(self, gallery_id: int, uri: str) -> str:
        """What people know a file by: an upload by its name alone, any other by its path."""
        path = Path(uri)
        return path.name if path.is_relative_to(self.folder(gallery_id)) else uri

    def take(self, gallery: Gallery, files: Sequence[UploadedFile], tags: Sequence[str]) -> Job:
        """Keep the files and note the job to embed them.

        Raises:
            PictureError: one of them is certainly no picture; then none is kept.
        """
        named = [(safe_name(one), one.content) for one in files]
        blobs = FileBlobStore(self.folder(gallery.id))
        paths = [self._keep(blobs, gallery.id, name, content) for name, content in named]
        request = {
            "files": [
                {"name": one.name[:_LONGEST_NAME], "path": str(path)}
                for one, path in zip(files, paths, strict=True)
            ],
            "tags": list(tags),
        }
        return self._catalogue.job_store.add_job(gallery.id, JobKind.UPLOAD, request)

    def _keep(self, blobs: FileBlobStore, gallery_id: int, name: str, content: bytes) -> Path:
        """The file, written now unless the same content has been sent before."""
        place = hashlib.sha256(content).hexdigest()[:32]
        folder = self.folder(gallery_id) / place
        if folder.is_dir():
            for known in sorted(folder.iterdir()):
                if not known.name.startswith(".") and known.stat().st_size == len(content):
                    return known
        return blobs.write(f"{place}/{name}", content)


def safe_name(file: UploadedFile) -> str:
    """A plain file name with a picture's ending, as like the client's as can be.

    Raises:
        PictureError: neither its name nor its content is a picture's.
    """
    if not file.content:
        raise PictureError("The picture is empty.", hint="Send the bytes of a picture file.")
    last = file.name.replace("\\", "/").rpartition("/")[2]
    plain = _UNSAFE.sub("_", last.encode("utf-8", "replace").decode()).strip(" .") or "picture"
    ending = plain[len(plain) - len(ending_of(plain)) :]
    if not is_picture_name(plain):
        sniffed = _sniffed_ending(file.content)
        if sniffed is None:
            raise PictureError(
                f"“{plain[:80]}” is not a picture of a kind that can be read.",
                hint="Send JPEG, PNG, WebP, HEIC, TIFF, GIF or camera RAW files.",
            )
        ending, plain = sniffed, plain + sniffed
    stem = plain[: len(plain) - len(ending)]
    while len((stem + ending).encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return (stem or "picture") + ending


def _sniffed_ending(content: bytes) -> str | None:
    for offset, start, ending in _STARTS:
        if content[offset : offset + len(start)] == start:
            return ending
    return None
