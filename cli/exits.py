"""The exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a finished command tells the shell."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    SOME_SKIPPED = 3
    """Done, but some inputs could not be used; each was named with its reason."""
    INTERRUPTED = 130
