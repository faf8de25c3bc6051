"""Paths inside a root: `/` between folders, `!/` behind an archive; "" is the root itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from indexer.formats import MEMBER_MARK, is_archive_name


def parents(path: str) -> Iterator[str]:
    """Every folder and archive that `path` lies in, the root ("") first.

    `a/b.zip!/c.jpg` lies in "", `a`, `a/b.zip`.
    """
    yield ""
    for position, character in enumerate(path):
        if character == "/":
            yield path[:position].removesuffix("!")


def is_below(path: str, places: Collection[str]) -> bool:
    """Whether `path` lies in one of `places` (folders, archives); a place is not below itself."""
    if not places:
        return False
    return any(parent in places and parent != path for parent in parents(path))


def split_member(path: str, home: Path) -> tuple[str, str] | None:
    """(archive, member) of a path behind an archive below `home`; None for a plain file."""
    at = path.find(MEMBER_MARK)
    while at >= 0:
        archive = path[:at]
        if is_archive_name(archive) and (home / archive).is_file():
            return archive, path[at + len(MEMBER_MARK) :]
        at = path.find(MEMBER_MARK, at + 1)
    return None
