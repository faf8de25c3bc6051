"""Which roots and which parts of them a run looks at; pure but for telling files from folders.

A target below a known root is a part of that root. A new root that contains known roots walks
around them, and each is scanned as itself, so every picture has one place.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.formats import CATALOGUE_ENDINGS
from indexer.sources.lists import STANDARD_INPUT, expand_lists, named_path
from search.domain.indexing import Root, RootKind
from search.errors import NotFoundError
from search.ports.photo_source import UnreadableEntry


@dataclass(frozen=True, slots=True)
class Scope:
    """One part of one root to scan.

    Attributes:
        root_path: absolute path of the root, known or to be made.
        below: the part of the root, "" for all of it, else a folder or a single file.
        single: one file only; its absence from a scan proves nothing about others.
        exclude_roots: known roots inside this one, absolute, scanned as themselves.
        gone: the place is not there at all, though it is known from earlier scans.
    """

    root_path: str
    kind: RootKind
    below: str = ""
    single: bool = False
    exclude_roots: tuple[str, ...] = ()
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """The scopes that cover all targets, and the lines of file lists that name nothing."""

    scopes: tuple[Scope, ...]
    not_there: tuple[UnreadableEntry, ...] = ()


def resolve_targets(targets: Iterable[str | Path], roots: Sequence[Root]) -> Resolved:
    """Each part of a root once, in order of their paths; file lists are taken apart.

    Raises:
        NotFoundError: a target that is neither there nor known.
    """
    targets = list(targets)
    folders = _Folders()
    gone = [target for target in targets if _is_known_but_gone(target, roots, folders)]
    named = expand_lists([target for target in targets if target not in gone])
    known = {root.path: root for root in roots}
    scopes: list[Scope] = []
    for path in map(folders.absolute, [*gone, *named.paths]):
        scopes.extend(_resolve(path, roots, known))
    return Resolved(tuple(_without_doubles(scopes)), named.missing)


def _without_doubles(scopes: Iterable[Scope]) -> list[Scope]:
    """Drop what another scope covers."""
    scopes = list(scopes)
    whole = {s.root_path for s in scopes if not s.below}
    kept = {(s.root_path, s.below): s for s in scopes if not s.below or s.root_path not in whole}
    folders = {key for key, scope in kept.items() if not scope.single}
    return [
        scope
        for key, scope in sorted(kept.items())
        if not any((key[0], parent) in folders for parent in _ancestors(key[1]))
    ]


def root_scopes(roots: Iterable[Root], all_roots: Sequence[Root]) -> list[Scope]:
    """Scopes that scan known roots whole, as they are."""
    return [
        Scope(
            root.path,
            root.kind,
            exclude_roots=_inside(root.path, all_roots),
            gone=not Path(root.path).exists(),
        )
        for root in roots
    ]


def _resolve(path: Path, roots: Sequence[Root], known: Mapping[str, Root]) -> list[Scope]:
    mode = _mode(path)
    root = known.get(str(path)) or _nearest_root(path, roots)
    if mode is None:
        if root is None:
            raise NotFoundError(
                f"There is no file or folder {path}.", hint="Check the path for typing errors."
            )
        below = "" if root.path == str(path) else path.relative_to(root.path).as_posix()
        exclude = () if below else _inside(root.path, roots)
        return [Scope(root.path, root.kind, below, exclude_roots=exclude, gone=True)]
    if stat.S_ISDIR(mode):
        return _folder_scopes(path, root, roots)
    if path.suffix.lower() in CATALOGUE_ENDINGS:
        return [Scope(str(path), RootKind.CATALOGUE)]
    if root is None:
        return [Scope(str(path.parent), RootKind.FOLDER, path.name, single=True)]
    return [Scope(root.path, root.kind, path.relative_to(root.path).as_posix(), single=True)]


def _folder_scopes(path: Path, root: Root | None, roots: Sequence[Root]) -> list[Scope]:
    inner = _inside(str(path), roots)
    nested = [scope for r in roots if r.path in inner for scope in root_scopes([r], roots)]
    if root is None or root.path == str(path):
        outer = Scope(str(path), RootKind.FOLDER, exclude_roots=inner)
    else:
        below = path.relative_to(root.path).as_posix()
        outer = Scope(root.path, root.kind, below, exclude_roots=inner)
    return [outer, *nested]


def _nearest_root(path: Path, roots: Sequence[Root]) -> Root | None:
    above = [r for r in roots if r.kind is RootKind.FOLDER and path.is_relative_to(r.path)]
    return max(above, key=lambda r: len(r.path), default=None)


def _inside(path: str, roots: Sequence[Root]) -> tuple[str, ...]:
    """Known folder roots strictly below `path`."""
    folders = (r.path for r in roots if r.kind is RootKind.FOLDER and r.path != path)
    return tuple(sorted(inner for inner in folders if Path(inner).is_relative_to(path)))


def _ancestors(below: str) -> list[str]:
    parts = below.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


class _Folders:
    """The folders of targets, each resolved once, whether it holds one or a million of them."""

    def __init__(self) -> None:
        self._resolved: dict[Path, Path] = {}

    def absolute(self, target: str | Path) -> Path:
        """One name for one place, also where the target itself is gone: links to folders resolved.

        A link to a picture keeps its own name, as it has when its folder is walked, so that it is
        one item whichever way it is found. A catalogue is where its file lies: its paths start
        there.
        """
        path = named_path(target)
        if path.name in ("", ".."):
            return path.resolve()
        if path.is_symlink():
            resolved = path.resolve()
            if resolved.suffix.lower() in CATALOGUE_ENDINGS or resolved.is_dir():
                return resolved
        folder = path.parent
        if folder not in self._resolved:
            self._resolved[folder] = folder.resolve()
        return self._resolved[folder] / path.name


def _is_known_but_gone(target: str | Path, roots: Sequence[Root], folders: _Folders) -> bool:
    """Whether a place that earlier scans knew is not there, such as an unmounted disk."""
    if str(target) == STANDARD_INPUT:
        return False
    path = folders.absolute(target)
    is_root = any(root.path == str(path) for root in roots)
    return _mode(path) is None and (is_root or _nearest_root(path, roots) is not None)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
