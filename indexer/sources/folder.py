"""A folder and all below it, by `stat` alone; archives among its files are listed too."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from indexer.formats import (
    MEMBER_MARK,
    PICTURE_ENDINGS,
    RAW_ENDINGS,
    VIDEO_ENDINGS,
    ending_of,
    is_archive_name,
)
from indexer.sources.files import shown, why
from indexer.sources.ignoring import IGNORE_FILE, Rules, is_passed_folder
from indexer.sources.members import scan_archive
from indexer.sources.readers import ReaderCache
from search.domain.indexing import FileStamp, RootKind
from search.errors import PictureError, UsageError
from search.ports.photo_source import Found, FoundContainer, FoundPicture, UnreadableEntry

_PICTURES = PICTURE_ENDINGS | RAW_ENDINGS
_DEEPEST = 200


@dataclass(slots=True)
class PassedOver:
    """How many entries the last scan passed over, by why. Folders count as one."""

    videos: int = 0
    hidden: int = 0
    excluded: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True)
class _Folder:
    path: str
    absolute: str
    rules: Rules
    depth: int


class FolderSource:
    """`PhotoSource` over a folder root.

    Links to files count as files. Links to folders are followed once all real folders have been
    walked, and each folder is walked once, told by its device and number, so loops and double
    links end by themselves.
    """

    def __init__(
        self,
        root_path: str,
        *,
        below: str = "",
        exclude: Sequence[str] = (),
        exclude_roots: Sequence[str] = (),
    ) -> None:
        self._root = root_path
        self._below = below
        self._exclude = Rules().with_patterns("", exclude, "to exclude")
        self._exclude_roots = frozenset(exclude_roots)
        self._readers = ReaderCache()
        self.passed_over = PassedOver()

    def read(self, path: str, limit_bytes: int) -> bytes:
        return self._readers.read(self._root, RootKind.FOLDER, path, limit_bytes)

    def scan(self, known_containers: Mapping[str, FileStamp]) -> Iterator[Found]:
        """Every picture of the part looked at, folder by folder, by name within each."""
        self.passed_over = PassedOver()
        start = os.path.join(self._root, self._below) if self._below else self._root  # noqa: PTH118
        archive, mark, _ = self._below.partition(MEMBER_MARK)
        if mark and is_archive_name(archive):
            start, self._below = f"{self._root}/{archive}", archive
        try:
            status = os.stat(start)  # noqa: PTH116
        except (OSError, ValueError) as exc:
            yield UnreadableEntry(self._below, f"It cannot be looked at: {why(exc)}.")
            return
        if S_ISDIR(status.st_mode):
            yield from self._walk(start, known_containers)
        elif not S_ISREG(status.st_mode):
            yield UnreadableEntry(self._below, "This is neither a file nor a folder.")
        else:
            stamp = FileStamp(status.st_size, status.st_mtime_ns)
            if is_archive_name(self._below):
                yield from self._archive(self._below, start, stamp, known_containers)
            else:  # Named by a person: tried, whatever its ending.
                yield FoundPicture(self._below, self._below, stamp)

    def _walk(self, start: str, known: Mapping[str, FileStamp]) -> Iterator[Found]:
        pending = [_Folder(self._below, start, self._rules_above(), 0)]
        linked: deque[_Folder] = deque()
        walked: set[tuple[int, int]] = set()
        while pending or linked:
            folder = pending.pop() if pending else linked.popleft()
            try:
                status = os.stat(folder.absolute)  # noqa: PTH116
                place = (status.st_dev, status.st_ino)
                if place in walked:
                    continue
                walked.add(place)
                with os.scandir(folder.absolute) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
                rules = self._rules_of(folder, entries)
            except (OSError, UsageError) as exc:
                reason = exc.message if isinstance(exc, UsageError) else f"{why(exc)}."
                yield UnreadableEntry(folder.path, f"The folder cannot be read: {reason}")
                continue
            inner: list[_Folder] = []
            yield from self._entries(folder, entries, rules, known, inner, linked)
            pending.extend(reversed(inner))

    def _entries(
        self,
        folder: _Folder,
        entries: list[os.DirEntry[str]],
        rules: Rules,
        known: Mapping[str, FileStamp],
        inner: list[_Folder],
        linked: deque[_Folder],
    ) -> Iterator[Found]:
        """Pictures and archives of one folder; folders in it go to `inner` and `linked`."""
        prefix = f"{folder.path}/" if folder.path else ""
        for entry in entries:
            name = entry.name
            path = prefix + name
            try:
                is_folder = entry.is_dir()
                if not name.isascii() and not _is_text(name):
                    if is_folder or ending_of(name) in _PICTURES:
                        yield UnreadableEntry(shown(path), "Its name is not valid text; rename it.")
                elif is_folder:
                    self._take_folder(folder, entry, path, rules, inner, linked)
                else:
                    yield from self._file(entry, path, rules, known)
            except OSError as exc:
                if ending_of(name) in _PICTURES:
                    yield UnreadableEntry(path, f"It cannot be looked at: {why(exc)}.")

    def _take_folder(
        self,
        folder: _Folder,
        entry: os.DirEntry[str],
        path: str,
        rules: Rules,
        inner: list[_Folder],
        linked: deque[_Folder],
    ) -> None:
        if entry.path in self._exclude_roots or folder.depth >= _DEEPEST:
            return
        if is_passed_folder(entry.name, folder.path):
            self.passed_over.hidden += 1
        elif rules.levels and rules.pass_over(path, is_folder=True):
            self.passed_over.excluded += 1
        else:
            found = _Folder(path, entry.path, rules, folder.depth + 1)
            (linked if entry.is_symlink() else inner).append(found)

    def _file(
        self, entry: os.DirEntry[str], path: str, rules: Rules, known: Mapping[str, FileStamp]
    ) -> Iterator[Found]:
        ending = ending_of(entry.name)
        archive = not (picture := ending in _PICTURES) and is_archive_name(entry.name)
        if not picture and not archive:
            if ending in VIDEO_ENDINGS:
                self.passed_over.videos += 1
            else:
                self.passed_over.others += 1
        elif entry.name.startswith("."):
            self.passed_over.hidden += 1
        elif rules.levels and rules.pass_over(path, is_folder=False):
            self.passed_over.excluded += 1
        else:
            status = entry.stat()
            if not S_ISREG(status.st_mode):
                self.passed_over.others += 1
                return
            stamp = FileStamp(status.st_size, status.st_mtime_ns)
            if archive:
                yield from self._archive(path, entry.path, stamp, known)
            else:
                yield FoundPicture(path, path, stamp)

    def _archive(
        self, path: str, absolute: str, stamp: FileStamp, known: Mapping[str, FileStamp]
    ) -> Iterator[Found]:
        if known.get(path) == stamp:
            yield FoundContainer(path, stamp, opened=False)
            return
        try:
            yield from scan_archive(Path(absolute), path, stamp)
        except PictureError as exc:
            yield UnreadableEntry(path, exc.message)

    def _rules_of(self, folder: _Folder, entries: list[os.DirEntry[str]]) -> Rules:
        if any(entry.name == IGNORE_FILE for entry in entries):
            return folder.rules.with_ignore_file(folder.path, folder.absolute)
        return folder.rules

    def _rules_above(self) -> Rules:
        """What holds in the part looked at by ignore files between the root and it."""
        rules = self._exclude
        parts = self._below.split("/") if self._below else []
        for depth in range(len(parts)):
            folder = "/".join(parts[:depth])
            absolute = f"{self._root}/{folder}" if folder else self._root
            if Path(absolute, IGNORE_FILE).is_file():
                rules = rules.with_ignore_file(folder, absolute)
        return rules


def _is_text(name: str) -> bool:
    """Whether a name can be stored; names that are not UTF-8 come as lone surrogates."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
