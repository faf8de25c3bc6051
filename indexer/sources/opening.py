"""The source of a root."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.sources.catalogue import CatalogueSource
from indexer.sources.folder import FolderSource
from search.domain.indexing import RootKind


def open_source(
    root_path: str,
    kind: RootKind,
    *,
    below: str = "",
    exclude: Sequence[str] = (),
    exclude_roots: Sequence[str] = (),
) -> FolderSource | CatalogueSource:
    """The `PhotoSource` of a root, or of a part of it.

    Args:
        root_path: absolute; a folder, or a catalogue file.
        below: the part of a folder root to look at, a folder or a file; "" for all of it.
        exclude: patterns as in an ignore file, relative to the root, that are passed over.
        exclude_roots: absolute folders that are walked around.
    Raises:
        UsageError: a pattern that cannot be read.
    """
    if kind is RootKind.CATALOGUE:
        return CatalogueSource(root_path)
    return FolderSource(root_path, below=below, exclude=exclude, exclude_roots=exclude_roots)
