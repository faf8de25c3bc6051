"""A picture's bytes by root and path; what decoding processes read through."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.paths import split_member
from indexer.sources.files import read_file, why
from search.domain.indexing import FileStamp, RootKind
from search.errors import PictureError

if TYPE_CHECKING:
    from indexer.sources.archives import Archive

_MOST_OPEN_ARCHIVES = 4


def root_folder(root_path: str, kind: RootKind) -> Path:
    """The folder that paths of a root are relative to; a catalogue's is the one it lies in."""
    path = Path(root_path)
    return path.parent if kind is RootKind.CATALOGUE else path


class ReaderCache:
    """Reads pictures, keeping the archives it read from last open. For one thread."""

    def __init__(self, on_progress: Callable[[], None] = lambda: None) -> None:
        self._on_progress = on_progress
        self._open: OrderedDict[Path, tuple[FileStamp, Archive]] = OrderedDict()

    def read(self, root_path: str, kind: RootKind, path: str, limit_bytes: int) -> bytes:
        """The picture's bytes.

        Raises:
            PictureTooLargeError: longer than `limit_bytes`.
            PictureError: it cannot be read now, and why.
        """
        home = root_folder(root_path, kind)
        member = split_member(path, home)
        if member is None:
            return read_file(home / path, limit_bytes, self._on_progress)
        return self._archive(home / member[0]).read(member[1], limit_bytes)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1][1].close()

    def _archive(self, path: Path) -> Archive:
        # With the first archive: decoding processes start earlier without its libraries.
        from indexer.sources.archives import open_archive, stamp_of

        try:
            stamp = stamp_of(path)
        except OSError as exc:
            raise PictureError(f"The archive cannot be read: {why(exc)}.") from None
        held = self._open.pop(path, None)
        if held is not None and held[0] != stamp:
            held[1].close()
            held = None
        if held is None:
            self._on_progress()  # Opening a long archive takes its time, apart from the reading.
            held = (stamp, open_archive(path, self._on_progress))
            self._on_progress()
        self._open[path] = held
        while len(self._open) > _MOST_OPEN_ARCHIVES:
            self._open.popitem(last=False)[1][1].close()
        return held[1]
