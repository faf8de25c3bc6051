"""The seam to where pictures come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from search.domain.indexing import FileStamp
from search.domain.item import Attributes, ItemKind


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture that a source has seen, not yet read.

    Attributes:
        path: relative to the source's root, `!/member` behind an archive.
        item_key: `path` for a photo, the sku for a product's picture.
        tags, title, attributes: what the source itself says (a catalogue row, a WebDataset
            `.txt` or `.json` beside the picture).
    """

    path: str
    item_key: str
    stamp: FileStamp
    ordinal: int = 0
    item_kind: ItemKind = ItemKind.PHOTO
    title: str = ""
    tags: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """Something that should be a picture but cannot be looked at: a folder without permission,
    a broken archive, a catalogue row without a picture. `reason` is one sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FoundContainer:
    """An archive. With `opened` its members follow; without, all known members are as they were."""

    path: str
    stamp: FileStamp
    opened: bool


Found = FoundPicture | FoundContainer | UnreadableEntry


class PhotoSource(Protocol):
    """One root: lists its pictures cheaply, by `stat` alone, and reads one when asked."""

    def scan(self, known_containers: Mapping[str, FileStamp]) -> Iterator[Found]:
        """Every picture below the root, in a stable order.

        Args:
            known_containers: archives of earlier scans by path; one whose stamp is still the
                same is not opened again.
        """

    def read(self, path: str, limit_bytes: int) -> bytes:
        """The file's bytes.

        Raises:
            PictureTooLargeError: longer than `limit_bytes`.
            PictureError: it cannot be read now, and why.
        """
