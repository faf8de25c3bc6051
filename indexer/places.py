"""From a uri back to the root it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.domain.indexing import Root, RootKind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source finds a picture."""

    root_path: str
    root_kind: RootKind
    path: str


class Places:
    """Finds the place of a view's uri among a gallery's roots."""

    def __init__(self, roots: Sequence[Root]) -> None:
        folders = [root for root in roots if root.kind is RootKind.FOLDER]
        self._folders = sorted(folders, key=lambda root: len(root.path), reverse=True)
        self._catalogues = [root for root in roots if root.kind is RootKind.CATALOGUE]

    def of(self, uri: str) -> Place | None:
        """The innermost folder root above `uri`, else a catalogue that may name it."""
        for root in self._folders:
            prefix = root.path if root.path.endswith("/") else root.path + "/"
            if uri.startswith(prefix):
                return Place(root.path, root.kind, uri.removeprefix(prefix))
        for root in self._catalogues:
            folder = str(Path(root.path).parent).rstrip("/") + "/"
            if uri.startswith(folder):
                return Place(root.path, root.kind, uri.removeprefix(folder))
        return None
