"""A product catalogue: a `.csv` or `.jsonl` file whose rows are items with pictures.

Columns: sku (or id), title (or name), description, price, image (or images, picture), tags, kind;
every other column becomes an attribute. Without a sku each row is a photo of its own. Paths are
relative to the catalogue's folder and stay inside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from indexer.sources.files import why
from indexer.sources.readers import ReaderCache
from indexer.sources.rows import BadRow, Row, read_rows
from search.domain.indexing import FileStamp, RootKind
from search.domain.item import AttributeValue
from search.errors import PictureError
from search.ports.photo_source import Found, FoundPicture, UnreadableEntry


@dataclass(slots=True)
class _Item:
    """Rows of one sku, put together."""

    row: Row
    title: str
    tags: dict[str, None]
    attributes: dict[str, AttributeValue]
    pictures: dict[str, int] = field(default_factory=dict)
    """Path to the line that names it, in the order of the file."""


class CatalogueSource:
    """`PhotoSource` over a catalogue root: the catalogue's own path, relative to its folder."""

    def __init__(self, root_path: str) -> None:
        self._file = Path(root_path)
        self._home = self._file.parent
        self._readers = ReaderCache()
        self._inside: dict[str, bool] = {}

    def read(self, path: str, limit_bytes: int) -> bytes:
        return self._readers.read(str(self._file), RootKind.CATALOGUE, path, limit_bytes)

    def scan(self, known_containers: Mapping[str, FileStamp]) -> Iterator[Found]:
        """Every picture of every row, item by item in the order of the file.

        Rows of the same sku are one item where they agree: further rows add pictures, tags and
        attributes. A row that contradicts an earlier one, or has no picture that can be found, is
        an `UnreadableEntry` that names its line.
        """
        items: dict[str, _Item] = {}
        try:
            for row in read_rows(self._file):
                problem = row.reason if isinstance(row, BadRow) else self._take(row, items)
                if problem:
                    yield self._bad(row.line, problem)
        except (PictureError, OSError) as exc:
            reason = exc.message if isinstance(exc, PictureError) else why(exc)
            yield UnreadableEntry("", f"The catalogue cannot be read: {reason}")
            return
        for key, item in items.items():
            yield from self._pictures(key, item)

    def _take(self, row: Row, items: dict[str, _Item]) -> str:
        """Add a row to its item; returns why it cannot be, or ""."""
        if not row.pictures:
            return "names no picture"
        if not all(_is_storable(picture) for picture in row.pictures):
            return "names a picture whose name is not valid text"
        if row.sku is None and len(row.pictures) > 1:
            return "names several pictures but has no sku"
        key = row.sku if row.sku is not None else _normal(row.pictures[0])
        item = items.get(key)
        if item is None:
            item = _Item(row, row.title, {}, {})
            items[key] = item
        elif clash := _clash(item, row):
            return f"contradicts line {item.row.line}, which has the same {clash}"
        item.title = item.title or row.title
        item.tags.update(dict.fromkeys(row.tags))
        item.attributes.update(row.attributes)
        for picture in row.pictures:
            item.pictures.setdefault(_normal(picture), row.line)
        return ""

    def _pictures(self, key: str, item: _Item) -> Iterator[Found]:
        for ordinal, (path, line) in enumerate(item.pictures.items()):
            stamp = self._stamp(path)
            if isinstance(stamp, str):
                yield self._bad(line, stamp, path)
                continue
            yield FoundPicture(
                path,
                key,
                stamp,
                ordinal=ordinal,
                item_kind=item.row.kind,
                title=item.title,
                tags=tuple(item.tags),
                attributes=item.attributes,
            )

    def _stamp(self, path: str) -> FileStamp | str:
        """The picture's stamp, or why there is none."""
        if "://" in path:
            return f"names the web address {path[:200]}; only files are read"
        parts = Path(path).parts
        if Path(path).is_absolute() or ".." in parts or not parts:
            return f"names {path[:200]}, which lies outside of the catalogue's folder"
        try:
            status = os.stat(self._home / path)  # noqa: PTH116
            inside = self._is_inside(path)
        except (OSError, ValueError) as exc:
            return f"names {path[:200]}, which cannot be looked at: {why(exc)}"
        if not inside:
            return f"names {path[:200]}, a link that leads out of the catalogue's folder"
        if not S_ISREG(status.st_mode):
            return f"names {path[:200]}, which is not a file"
        return FileStamp(status.st_size, status.st_mtime_ns)

    def _is_inside(self, path: str) -> bool:
        """Whether a picture lies inside the catalogue's folder when all links are followed."""
        if (self._home / path).is_symlink():
            return (self._home / path).resolve().is_relative_to(self._home.resolve())
        folder = path.rpartition("/")[0]
        if folder not in self._inside:
            real = (self._home / folder).resolve()
            self._inside[folder] = real.is_relative_to(self._home.resolve())
        return self._inside[folder]

    def _bad(self, line: int, problem: str, path: str = "") -> UnreadableEntry:
        place = path or f"{self._file.name}:{line}"
        return UnreadableEntry(place, f"Line {line} of {self._file.name} {problem}.")


def _clash(item: _Item, row: Row) -> str:
    """In what a later row of a sku says otherwise; "" where it agrees or says nothing."""
    sku = "sku but another "
    if item.row.kind != row.kind:
        return sku + "kind"
    if item.title and row.title and item.title != row.title:
        return sku + "title"
    for key, value in row.attributes.items():
        if item.attributes.get(key, value) != value:
            return sku + key
    return ""


def _normal(path: str) -> str:
    """A relative path as other roots write it: `/` between folders, no `./`."""
    if "://" in path or path.startswith("/"):
        return path
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(parts) if parts else path


def _is_storable(path: str) -> bool:
    """Whether a path is text that file systems and databases take."""
    plain = not any(ord(character) < 32 for character in path)
    return plain and path.encode("utf-8", "replace").decode() == path
