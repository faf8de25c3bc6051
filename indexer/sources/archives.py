"""Archives, opened: their members by name, read one at a time, nothing ever put on disk."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexer.sources.files import open_regular, safe_name, shown, too_long, why
from indexer.sources.tar_stream import Place, TarIndex, TarStream, index_tar, read_tar_member
from indexer.sources.webdataset import Sidecars
from search.domain.indexing import FileStamp
from search.errors import PictureError

READABLE_COMPRESSIONS = frozenset(
    {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
)
_ENCRYPTED = 0x1
OUTSIDE = "Its name leads outside of the archive."


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive. `problem`: why it cannot be read, known from the listing."""

    name: str
    size_bytes: int
    problem: str = ""


class Archive(Protocol):
    """An archive, opened for reading."""

    def members(self) -> Iterator[Member]:
        """Regular files in the order of the archive, each name once."""

    def read(self, name: str, limit_bytes: int) -> bytes:
        """A member's bytes. Raises PictureError or PictureTooLargeError."""

    @property
    def damage(self) -> str:
        """Why the listing ends early, empty where it does not."""

    def close(self) -> None: ...


def open_archive(path: Path, on_progress: Callable[[], None]) -> Archive:
    """Open a `.zip`, `.tar`, `.tar.gz` or `.tgz` file.

    Args:
        on_progress: called from time to time while much is skipped.
    Raises:
        PictureError: it cannot be read as an archive at all.
    """
    if path.name.lower().endswith(".zip"):
        return ZipArchive(path)
    return TarArchive(path, on_progress)


def stamp_of(path: Path) -> FileStamp:
    """An archive's own stamp; raises OSError."""
    status = path.stat()
    return FileStamp(status.st_size, status.st_mtime_ns)


class ZipArchive:
    """A zip file by its central directory."""

    damage = ""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(open_regular(path), "rb")
        try:
            self._zip = zipfile.ZipFile(self._file)
            names = [(info, info.filename) for info in self._zip.infolist() if info.filename]
        except MemoryError:
            self._file.close()
            raise
        except Exception as exc:  # Forged archives make the library raise anything.
            self._file.close()
            raise PictureError(f"The archive cannot be opened: {why(exc)}.") from None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._outside: list[str] = []
        for info, raw_name in names:
            if raw_name.endswith("/"):
                continue
            name = safe_name(raw_name)
            if name is None:
                self._outside.append(shown(raw_name))
            else:
                self._infos[name] = info

    def members(self) -> Iterator[Member]:
        for name, info in self._infos.items():
            yield Member(name, info.file_size, _zip_problem(info))
        for name in self._outside:
            yield Member(name, 0, OUTSIDE)

    def read(self, name: str, limit_bytes: int) -> bytes:
        info = self._infos.get(name)
        if info is None:
            raise PictureError("The archive no longer holds this file.")
        if problem := _zip_problem(info):
            raise PictureError(problem)
        if info.file_size > limit_bytes:
            raise too_long(limit_bytes)
        try:
            with self._zip.open(info) as file:
                content = file.read(info.file_size + 1)
        except MemoryError:
            raise
        except Exception as exc:  # As above; each packing has errors of its own.
            raise PictureError(f"The archive is damaged here: {why(exc)}.") from None
        if len(content) > limit_bytes:
            raise too_long(limit_bytes)
        return content

    def close(self) -> None:
        self._zip.close()
        self._file.close()


class TarArchive:
    """A tar file, plain or gzipped, by an index of where its members lie."""

    def __init__(self, path: Path, on_progress: Callable[[], None]) -> None:
        self._index: TarIndex = index_tar(path, on_progress)
        self._members = self._index.members

    @property
    def damage(self) -> str:
        return self._index.damage

    def members(self) -> Iterator[Member]:
        yield from _tar_members(self._index)

    def read(self, name: str, limit_bytes: int) -> bytes:
        place = self._members.get(name)
        if place is None:
            raise PictureError("The archive no longer holds this file.")
        if place.size_bytes > limit_bytes:
            raise too_long(limit_bytes)
        return read_tar_member(self._index, place)

    def close(self) -> None:
        self._index.stream.close()


def _zip_problem(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "The archive protects this file with a password."
    if info.compress_type not in READABLE_COMPRESSIONS:
        return "The archive packs this file in a way that cannot be read."
    return ""


def list_tar(path: Path) -> tuple[list[Member], str, Sidecars]:
    """A tar file's members, why the listing ends early (or ""), and its WebDataset side files.

    Raises:
        PictureError: it cannot be read as an archive at all.
    """
    sidecars = Sidecars()

    def keep_sidecar(name: str, place: Place, stream: TarStream) -> None:
        if sidecars.wants(name, place.size_bytes):
            sidecars.add(name, stream.read_exactly(place))

    index = index_tar(path, lambda: None, keep_sidecar)
    index.stream.close()
    return list(_tar_members(index)), index.damage, sidecars


def _tar_members(index: TarIndex) -> Iterator[Member]:
    for name, place in index.members.items():
        yield Member(name, place.size_bytes)
    for name in index.outside:
        yield Member(name, 0, OUTSIDE)
