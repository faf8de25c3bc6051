"""Uploads, thumbnails and previews as files below one folder."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path, PurePosixPath

from search.adapters.files.durable import make_folders, sync_folder
from search.errors import StoreError, UsageError


class FileBlobStore:
    """A `BlobStore` on a folder: a blob is written aside, synced and renamed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, content: bytes) -> Path:
        """Write or replace a blob; returns where it lies.

        Raises:
            UsageError: the name leads out of the folder.
            StoreError: the disk refuses.
        """
        path = self._path(name)
        aside = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            make_folders(path.parent)
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise StoreError(
                f"{name} cannot be written: {error.strerror or error}.",
                hint="See that the disk has room and the folder may be written.",
            ) from error
        return path

    def path(self, name: str) -> Path | None:
        path = self._path(name)
        return path if path.is_file() else None

    def delete(self, name: str) -> None:
        """Delete a blob; nothing happens where there is none."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        refused = (
            not parts
            or name.startswith("/")
            or "\\" in name
            or "\0" in name
            or any(part.startswith(".") or ":" in part for part in parts)
        )
        if refused:
            raise UsageError(
                f"“{name}” is not a blob's name.",
                hint="Use a relative path of plain names, such as thumbs/ab12.jpg.",
            )
        return self._root.joinpath(*parts)
