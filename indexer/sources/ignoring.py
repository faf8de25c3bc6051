"""What a folder walk passes over: hidden and thumbnail folders, patterns, ignore files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from search.errors import UsageError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".sightlineignore"
_LONGEST_IGNORE_FILE = 2**20

PASSED_FOLDERS = frozenset(
    {
        "@eadir",
        "@recycle",
        "#recycle",
        "$recycle.bin",
        "__macosx",
        "__pycache__",
        "lost+found",
        "node_modules",
        "system volume information",
        "thumbnails",
    }
)
"""Folders, in lower case, that hold what other programs made or threw away. Hidden folders
(.thumbnails, .dtrash, .Trash-1000, .AppleDouble) are passed over by their dot."""

_LIBRARY_ENDINGS = (".photoslibrary", ".photolibrary", ".aplibrary")
_LIBRARY_INNARDS = frozenset(
    {"database", "resources", "private", "scopes", "thumbnails", "previews"}
)


def is_passed_folder(name: str, parent: str = "") -> bool:
    """Whether a folder of this name is never walked into.

    In a library of Apple's photo programs the originals are, what was derived from them is not.
    """
    lowered = name.lower()
    if parent.lower().endswith(_LIBRARY_ENDINGS) and lowered in _LIBRARY_INNARDS:
        return True
    return name.startswith(".") or lowered in PASSED_FOLDERS or lowered.endswith(".lrdata")


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns that hold in a folder and below, its own after those of the folders above.

    The last pattern that matches decides, so a deeper ignore file can take back (`!keep.jpg`)
    what one above it passes over; within a folder that is passed over nothing is looked at.
    """

    levels: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    def with_patterns(self, folder: str, patterns: Sequence[str], origin: str) -> Rules:
        """These rules and further patterns, relative to `folder`.

        Raises:
            UsageError: a pattern that cannot be read.
        """
        if not patterns:
            return self
        from pathspec import GitIgnoreSpec

        try:
            spec = GitIgnoreSpec.from_lines(patterns)
        except ValueError as exc:
            raise UsageError(
                f"A pattern {origin} cannot be read: {exc}.",
                hint="Patterns are written as in a .gitignore file: *.png, drafts/, !keep.jpg.",
            ) from None
        prefix = f"{folder}/" if folder else ""
        return Rules((*self.levels, (prefix, spec)))

    def with_ignore_file(self, folder: str, absolute: str) -> Rules:
        """These rules and those of the folder's ignore file.

        Raises:
            UsageError: a pattern in it that cannot be read.
            OSError: it cannot be read.
        """
        with Path(absolute, IGNORE_FILE).open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_LONGEST_IGNORE_FILE).splitlines()
        return self.with_patterns(folder, lines, f"in {absolute}/{IGNORE_FILE}")

    def pass_over(self, path: str, *, is_folder: bool) -> bool:
        """Whether the patterns say to pass over this path, relative to the root."""
        for prefix, spec in reversed(self.levels):
            below = path[len(prefix) :] + ("/" if is_folder else "")
            verdict = spec.check_file(below).include
            if verdict is not None:
                return bool(verdict)
        return False
