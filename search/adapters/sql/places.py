"""Where a file is: its root's path joined with its own."""

from __future__ import annotations

import posixpath
from pathlib import PurePath

from search.adapters.sql.types import path_to_text
from search.domain.indexing import RootKind
from search.domain.text import fold


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
