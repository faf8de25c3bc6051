"""Paths inside a root: `/` between folders, `!/` behind an archive; "" is the root itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator

MEMBER_MARK = "!/"


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
