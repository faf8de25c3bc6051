"""Reading one file of a folder: bounded, regular files only, reasons in plain words."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

from search.errors import PictureError, PictureTooLargeError

_BLOCK_BYTES = 16 * 2**20


def open_regular(path: str | Path) -> int:
    """A descriptor for reading a regular file; pipes and devices are refused without waiting.

    Raises:
        PictureError: it is not there, not a file, or may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise PictureError("The file is gone.") from None
    except (OSError, ValueError) as exc:
        raise PictureError(f"The file cannot be opened: {why(exc)}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PictureError("This is not a file.")
    return descriptor


def read_file(
    path: str | Path, limit_bytes: int, on_progress: Callable[[], None] = lambda: None
) -> bytes:
    """All bytes of a regular file, as many as it had when it was opened.

    Args:
        on_progress: called after every 16 MiB, so that a slow disk is told from a dead one.
    Raises:
        PictureTooLargeError: longer than `limit_bytes`.
        PictureError: it cannot be read.
    """
    with os.fdopen(open_regular(path), "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit_bytes:
            raise too_long(limit_bytes)
        gathered = io.BytesIO()  # Hands out what it holds without copying it.
        try:
            while block := file.read(min(_BLOCK_BYTES, size - gathered.tell())):
                gathered.write(block)
                if gathered.tell() < size:
                    on_progress()
        except OSError as exc:
            raise PictureError(f"The file cannot be read: {why(exc)}.") from None
    return gathered.getvalue()


def too_long(limit_bytes: int) -> PictureTooLargeError:
    return PictureTooLargeError(
        f"The file is longer than the {limit_bytes / 2**20:g} MiB allowed.",
        hint="Raise SIGHTLINE_LIMIT_BYTES if files like this one are wanted.",
    )


def why(exc: Exception) -> str:
    """A reason in one line, without the system's number and path."""
    text = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
    text = " ".join(text.encode("utf-8", "backslashreplace").decode().split())[:200].rstrip(".")
    if not text:
        return "its data ends early" if isinstance(exc, EOFError) else type(exc).__name__
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def safe_name(name: str) -> str | None:
    """A member's name as a path below the archive; None where it leads outside or is no
    text."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return None
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or name.startswith("/") or parts[0].endswith(":"):
        return None
    return "/".join(parts)


def shown(path: str) -> str:
    """A path as text that can be stored and printed, whatever bytes the system has for it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
