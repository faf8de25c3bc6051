"""Where a file is: its root's path joined with its own."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import replace
from pathlib import PurePath

from search.adapters.sql.types import path_to_text
from search.domain.indexing import FileSlot, RootKind
from search.domain.text import fold

LONGEST = 2_000  # bytes of UTF-8: what an index of PostgreSQL surely takes


def uri_of(root_path: str, root_kind: str, path: str) -> str:
    """A file's absolute path, `!/member` behind an archive.

    Paths of a catalogue's pictures are relative to the folder that the catalogue lies in.
    """
    if posixpath.isabs(path):
        return path
    base = str(PurePath(root_path).parent) if root_kind == RootKind.CATALOGUE else root_path
    return f"{base.rstrip('/')}/{path}" if path else base


def folded_uri(root_path: str, root_kind: str, path: str) -> str:
    """What filters compare of `uri_of`."""
    return fold(path_to_text(uri_of(root_path, root_kind, path)))


def fits(slot: FileSlot) -> bool:
    """Whether the slot's path and key are short enough for every database's indexes."""
    return all(len(path_to_text(part).encode()) <= LONGEST for part in (slot.path, slot.item_key))


def fitting(slot: FileSlot) -> FileSlot:
    """The slot, with a path and key that are too long cut and told apart by their digest."""
    return slot if fits(slot) else replace(slot, path=_cut(slot.path), item_key=_cut(slot.item_key))


def _cut(path: str) -> str:
    text = path_to_text(path)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{text[:300]}…{digest}" if len(text.encode()) > LONGEST else path
