"""What a person names on the command line: file lists taken apart, the rest checked."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.formats import LIST_ENDINGS, is_picture_name
from indexer.sources.files import read_file, shown
from search.errors import NotFoundError, UsageError
from search.ports.photo_source import UnreadableEntry

STANDARD_INPUT = "-"
_LONGEST_LIST = 2**30
_PATH = re.compile(r"(/|\./|\.\./|~/|\\\\|[a-z][a-z\d+.-]*://\S)|\S+\.[a-z]\w{1,4}$", re.IGNORECASE)
"""How a path that is not there any more is told from prose: by its start or a file's ending."""


@dataclass(frozen=True, slots=True)
class NamedPlaces:
    """Files and folders that are there, absolute, each once; and lines that name nothing."""

    paths: tuple[Path, ...]
    missing: tuple[UnreadableEntry, ...] = ()


def expand_lists(targets: Sequence[str | Path], stdin: Iterable[str] | None = None) -> NamedPlaces:
    """Take file lists (`.txt`, `.lst`, or `-` for the standard input) apart.

    A list has one path a line (or NUL between them), relative to the list's folder, those of the
    standard input to the current one. Empty lines are passed over; a line that names nothing is
    returned in `missing`, so that one stale line does not stop ten thousand others.

    Raises:
        NotFoundError: a target that is not there; the hint names the nearest folder that is.
        UsageError: a list that names nothing at all.
    """
    paths: dict[Path, None] = {}
    missing: list[UnreadableEntry] = []
    for target in targets:
        if str(target) == STANDARD_INPUT:
            text = "".join(stdin) if stdin is not None else _decoded(sys.stdin.buffer.read())
            _take_lines(text, Path.cwd(), "The standard input", paths, missing)
            continue
        path = Path.cwd() / named_path(target)
        _must_exist(path)
        if path.suffix.lower() in LIST_ENDINGS and path.is_file():
            text = _decoded(read_file(path, _LONGEST_LIST))
            _take_lines(text, path.parent, f"The list {path}", paths, missing)
        else:
            paths[path] = None
    return NamedPlaces(tuple(paths), tuple(missing))


def named_path(target: str | Path) -> Path:
    """What a person named, `~` as a home; a file's own name, such as `~$a.jpg`, stays."""
    return Path(os.path.expanduser(target))  # noqa: PTH111 - Path's own raises for such a name.


def nearest_folder(path: Path) -> Path:
    """The deepest folder above `path` that exists."""
    return next((folder for folder in path.parents if folder.is_dir()), Path(path.anchor or "."))


def _must_exist(path: Path) -> None:
    try:
        path.stat()
    except PermissionError:
        raise NotFoundError(
            f"{path} may not be looked at.", hint="Check who may read the folders above it."
        ) from None
    except (OSError, ValueError):
        raise NotFoundError(
            f"There is no file or folder {path}.",
            hint=f"The nearest folder that exists is {nearest_folder(path)}.",
        ) from None


def _take_lines(
    text: str,
    home: Path,
    origin: str,
    paths: dict[Path, None],
    missing: list[UnreadableEntry],
) -> None:
    lines = text.split("\0") if "\0" in text else text.splitlines()
    named = [line.strip() if "\0" not in text else line for line in lines]
    named = [line for line in named if line]
    if not named:
        raise UsageError(f"{origin} names no files.", hint="Write one path a line.")
    if not _is_list(named, home):
        raise UsageError(
            f"{origin} is no list of files: its first line is “{shown(named[0])[:80]}”.",
            hint="Write one path a line, or name the pictures and folders themselves.",
        )
    for line in named:
        path = home / named_path(line) if "://" not in line else None
        if path is not None and _exists(path):
            paths[path] = None
        else:
            name = shown(line)
            place = name if path is None else str(home / name)
            missing.append(UnreadableEntry(place, f"{origin} names {name}, which is not there."))


def _is_list(lines: Sequence[str], home: Path) -> bool:
    """Whether one line names what is there, or most are written as paths or URLs."""
    n_paths = sum(bool(_PATH.match(line)) or is_picture_name(line) for line in lines)
    return 2 * n_paths >= len(lines) or any(_exists(home / named_path(line)) for line in lines)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _decoded(content: bytes) -> str:
    """Paths as the system gives them, names that are not UTF-8 included."""
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
