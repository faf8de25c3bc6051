"""A generation: an immutable checkpoint of one gallery's embedded views in one space.

A folder of four files. `vectors.f16`: float16, row-major, (n_rows, dim), in the order that its
index builder gave them. `ids.i64`: int64, the view ids of all rows, the item ids of all rows, and
the rows by item, then view; version 1 lacks the third, and its rows lie in that order.
`index.faiss`: what the index builder wrote. `manifest.json`: what this module describes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.domain.arrays import HalfMatrix, IdArray
from search.errors import GenerationCorruptError, GenerationFormatError
from search.item_rows import ItemRows

MAGIC = "sightline-generation"
FORMAT_VERSION = 2
_READ_VERSIONS = (1, FORMAT_VERSION)
MANIFEST_NAME = "manifest.json"
VECTORS_NAME = "vectors.f16"
IDS_NAME = "ids.i64"
INDEX_NAME = "index.faiss"

_REPAIR = "Run `sightline repair`."


@dataclass(frozen=True, slots=True)
class GenerationIdentity:
    """What a generation covers: one gallery, in one space, at one revision."""

    gallery_id: int
    gallery_epoch: str
    space_id: str
    dim: int
    revision: int


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file's length and SHA-256 in hex."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation's folder holds."""

    identity: GenerationIdentity
    n_rows: int
    index_kind: str
    files: Mapping[str, FileDigest]
    version: int = FORMAT_VERSION

    @property
    def id_arrays(self) -> int:
        """How many arrays of `n_rows` the ids' file holds."""
        return 2 if self.version == 1 else 3

    def to_bytes(self) -> bytes:
        """JSON, the same bytes for the same manifest, with a digest over itself."""
        fields = self._fields()
        return (json.dumps({**fields, "digest": _digest(fields)}, indent=1) + "\n").encode()

    def _fields(self) -> dict[str, Any]:
        identity = self.identity
        return {
            "magic": MAGIC,
            "format_version": self.version,
            "gallery_id": identity.gallery_id,
            "gallery_epoch": identity.gallery_epoch,
            "space_id": identity.space_id,
            "dim": identity.dim,
            "n_rows": self.n_rows,
            "revision": identity.revision,
            "index_kind": self.index_kind,
            "files": {
                name: {"size_bytes": file.size_bytes, "sha256": file.sha256}
                for name, file in sorted(self.files.items())
            },
        }

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Read a manifest.

        Raises:
            GenerationFormatError: not a manifest, or of a format this program cannot read.
            GenerationCorruptError: a manifest whose content does not match its own digest.
        """
        try:
            fields = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise GenerationCorruptError("The manifest is not JSON.", hint=_REPAIR) from error
        if not isinstance(fields, dict) or fields.get("magic") != MAGIC:
            raise GenerationFormatError("This is not a Sightline generation.", hint=_REPAIR)
        if fields.get("format_version") not in _READ_VERSIONS:
            raise GenerationFormatError(
                f"The generation has format version {fields.get('format_version')!r}, "
                f"this program reads versions up to {FORMAT_VERSION}.",
                hint="Upgrade Sightline, or run `sightline reindex` to build it again.",
            )
        if fields.pop("digest", None) != _digest(fields):
            raise GenerationCorruptError("The manifest is damaged.", hint=_REPAIR)
        return cls._from_fields(fields)

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Manifest:
        try:
            return cls(
                identity=GenerationIdentity(
                    gallery_id=int(fields["gallery_id"]),
                    gallery_epoch=str(fields["gallery_epoch"]),
                    space_id=str(fields["space_id"]),
                    dim=int(fields["dim"]),
                    revision=int(fields["revision"]),
                ),
                n_rows=int(fields["n_rows"]),
                index_kind=str(fields["index_kind"]),
                version=int(fields["format_version"]),
                files={
                    str(name): FileDigest(int(file["size_bytes"]), str(file["sha256"]))
                    for name, file in fields["files"].items()
                },
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise GenerationCorruptError("The manifest is incomplete.", hint=_REPAIR) from error


def _digest(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Generation:
    """An opened generation; its arrays are read-only views of the mapped files.

    Attributes:
        vectors: float16, shape (n_rows, dim).
        view_ids, item_ids: int64, shape (n_rows,).
        by_item: int64, shape (n_rows,), the rows by item, then view; None where they lie so.
        manifest_digest: SHA-256 in hex over `manifest.json`.
    """

    path: Path
    manifest: Manifest
    manifest_digest: str
    vectors: HalfMatrix
    view_ids: IdArray
    item_ids: IdArray
    by_item: IdArray | None = None

    @property
    def item_rows(self) -> ItemRows:
        """Which rows are whose."""
        return ItemRows(self.item_ids, self.view_ids, self.by_item)

    @property
    def index_path(self) -> Path:
        return self.path / INDEX_NAME

    def __len__(self) -> int:
        return self.manifest.n_rows
