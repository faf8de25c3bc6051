"""A classifier's class names, read from a file."""

from __future__ import annotations

from pathlib import Path

from search.errors import NotFoundError


def read_names(path: Path | None) -> list[str] | None:
    """Class names from a text file, one a line; None where none is named.

    Raises:
        NotFoundError: it cannot be read.
    """
    if path is None:
        return None
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(
            f"The class names cannot be read from {path}.",
            hint="Give a text file, one name a line.",
        ) from error
    return [line.strip() for line in lines if line.strip()]
