"""Tar files, plain or gzipped, as one stream of bytes with an index of its members.

A plain tar is read at any place at once. A gzipped one can only be read onwards, so members are
best read in the archive's own order; going back starts the stream again.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from indexer.sources.files import open_regular, safe_name, shown, why
from search.errors import PictureError

_SKIP_BYTES = 2**20
_PROGRESS_BYTES = 64 * 2**20
_PROGRESS_MEMBERS = 200
_LONGEST_HEADER = 16 * 2**20
BOMB_BYTES = 2 * 2**30
BOMB_RATIO = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member's bytes lie in the stream."""

    offset: int
    size_bytes: int


@dataclass(slots=True)
class TarIndex:
    """A tar file's members by safe name, in its order; the last of equal names counts.

    Attributes:
        outside: names that lead outside of the archive.
        damage: why the listing ends early, empty where it does not.
    """

    stream: TarStream
    members: dict[str, Place] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    damage: str = ""


class TarStream(io.RawIOBase):
    """The unpacked bytes of a tar file. Seeking forward in a gzipped one reads on."""

    def __init__(self, path: Path, on_progress: Callable[[], None], most_bytes: int) -> None:
        super().__init__()
        self._on_progress = on_progress
        self._most_bytes = most_bytes
        self._file = os.fdopen(open_regular(path), "rb")
        self._packed_bytes = os.fstat(self._file.fileno()).st_size
        self._gzipped = self._file.peek(2)[:2] == b"\x1f\x8b"
        self._unpacked: io.BufferedReader | gzip.GzipFile = self._file
        self._at = 0
        self._quiet_bytes = 0
        if self._gzipped:
            self._rewind()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; tarfile asks for headers only, so more is a forgery."""
        if size < 0 or size > _LONGEST_HEADER:
            raise tarfile.ReadError("a header of the archive is too long")
        return self._read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET:
            raise io.UnsupportedOperation("a tar stream is read from its start")
        if not self._gzipped:
            self._at = self._file.seek(offset)
            return self._at
        if offset < self._at:
            self._rewind()
        while self._at < offset:
            if not self._read(min(_SKIP_BYTES, offset - self._at)):
                break
        return self._at

    def read_exactly(self, place: Place) -> bytes:
        """A member's bytes, fewer where the archive ends before them."""
        self.seek(place.offset)
        blocks: list[bytes] = []
        left = place.size_bytes
        while left > 0:
            block = self._read(min(_SKIP_BYTES, left))
            if not block:
                break
            blocks.append(block)
            left -= len(block)
        return b"".join(blocks)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _read(self, size: int) -> bytes:
        block = self._unpacked.read(size)
        self._at += len(block)
        if self._gzipped:
            self._watch(len(block))
        return block

    def _watch(self, n_bytes: int) -> None:
        if self._at > max(self._most_bytes, BOMB_RATIO * self._packed_bytes):
            raise tarfile.ReadError("it unpacks to far more than photos ever do")
        self._quiet_bytes += n_bytes
        if self._quiet_bytes >= _PROGRESS_BYTES:
            self._quiet_bytes = 0
            self._on_progress()

    def _rewind(self) -> None:
        self._file.seek(0)
        self._unpacked = gzip.GzipFile(fileobj=self._file, mode="rb")
        self._at = 0


_DAMAGE = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError)


def index_tar(
    path: Path,
    on_progress: Callable[[], None],
    on_member: Callable[[str, Place, TarStream], None] | None = None,
    *,
    most_bytes: int = BOMB_BYTES,
) -> TarIndex:
    """List a tar file's regular members.

    Args:
        on_member: called with each member while the stream stands at it.
        most_bytes: a gzipped archive may unpack to this, or to twenty times its size.
    Raises:
        PictureError: it is no tar file at all.
    """
    stream = TarStream(path, on_progress, most_bytes)
    index = TarIndex(stream)
    try:
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            while (info := tar.next()) is not None:
                tar.members = []  # type: ignore[attr-defined]  # Kept for ever otherwise.
                if not info.isreg() or info.issparse():
                    continue
                if len(index.members) % _PROGRESS_MEMBERS == 0:
                    on_progress()
                name = safe_name(info.name)
                if name is None:
                    index.outside.append(shown(info.name))
                    continue
                place = Place(info.offset_data, info.size)
                index.members.pop(name, None)
                index.members[name] = place
                if on_member is not None:
                    on_member(name, place, stream)
    except _DAMAGE as exc:
        if not index.members and not index.outside:
            stream.close()
            raise PictureError(f"The archive cannot be opened: {why(exc)}.") from None
        index.damage = f"The archive is damaged after {len(index.members)} files: {why(exc)}."
    return index


def read_tar_member(index: TarIndex, place: Place) -> bytes:
    """A member's bytes.

    Raises:
        PictureError: the archive ends before them, or is damaged there.
    """
    try:
        content = index.stream.read_exactly(place)
    except _DAMAGE as exc:
        raise PictureError(f"The archive is damaged here: {why(exc)}.") from None
    if len(content) < place.size_bytes:
        raise PictureError("The archive ends in the middle of this file.")
    return content
