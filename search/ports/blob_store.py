"""The seam to uploads, thumbnails and previews."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class BlobStore(Protocol):
    """Bytes by name, written whole or not at all. Names are relative paths without `..`."""

    def write(self, name: str, content: bytes) -> Path: ...

    def path(self, name: str) -> Path | None:
        """Where the blob lies, None where there is none."""

    def delete(self, name: str) -> None: ...
