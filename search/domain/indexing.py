"""What the indexer hands to the catalogue and gets from it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from search.domain.item import Attributes, ItemKind

if TYPE_CHECKING:  # Decoding processes load this module, and do without numpy.
    import numpy as np
    import numpy.typing as npt

    from search.domain.arrays import HalfMatrix, IdArray


class RootKind(StrEnum):
    """What a root is: its `path` is a folder, or a catalogue file whose rows are the items."""

    FOLDER = "folder"
    CATALOGUE = "catalogue"


class FileStatus(StrEnum):
    """What the last scan made of a file. `container`: an archive; its members have own rows."""

    OK = "ok"
    FAILED = "failed"
    MISSING = "missing"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Root:
    """Where items come from. `device` is the file system's number when it was last scanned."""

    id: int
    path: str
    kind: RootKind
    device: int | None


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a `stat` tells of a file; for an archive's member its size and the archive's mtime.

    `taken_at`: when the `stat` was made, seconds since 1970-01-01 UTC. A file can change again
    without a new mtime just after that, which a later scan has to allow for.
    """

    size_bytes: int
    mtime_ns: int
    taken_at: float = field(default_factory=time.time, compare=False)


@dataclass(frozen=True, slots=True)
class FileSlot:
    """The place of a picture: the root, its path there, the item it belongs to and which view.

    `path` is relative to a folder root, with `!/member` behind an archive. For a photo
    `item_key == path` and `ordinal == 0`; for a product `item_key` is its sku.
    """

    root_id: int
    path: str
    item_key: str
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as the last scan left it. `scanned_at` is its stamp's `taken_at`."""

    id: int
    slot: FileSlot
    stamp: FileStamp
    scanned_at: float
    content_hash: str | None
    status: FileStatus
    item_id: int | None


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """What reading one picture told, besides its pixels. Sizes are the upright original's."""

    content_hash: str
    width: int
    height: int
    attributes: Attributes = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class IndexedPicture:
    """One picture ready to be committed: its place, what it is, and its vector in `space_id`.

    Attributes:
        vector: float16, shape (dim,), a unit vector.
        item_attributes, item_title, item_kind: what a catalogue row says, wins over the picture's.
    """

    slot: FileSlot
    stamp: FileStamp
    picture: DecodedPicture
    space_id: str
    vector: npt.NDArray[np.float16]
    item_kind: ItemKind = ItemKind.PHOTO
    item_title: str = ""
    item_attributes: Attributes = field(default_factory=dict)
    item_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedPicture:
    """A picture that could not be read, and one sentence why."""

    slot: FileSlot
    stamp: FileStamp
    reason: str
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class MovedFile:
    """A known file that now lies at another place of the same gallery."""

    file_id: int
    slot: FileSlot
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class ClaimedView:
    """A live view that lacks an embedding in a space, held under a lease for one worker."""

    view_id: int
    uri: str
    content_hash: str
    token: int


@dataclass(frozen=True, slots=True)
class ClaimedVector:
    """The embedding of a claimed view. `vector`: float16, shape (dim,), a unit vector."""

    claim: ClaimedView
    vector: npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class ViewRows:
    """Embedded views, row by row: `vectors[i]` is view `view_ids[i]` of item `item_ids[i]`."""

    view_ids: IdArray
    item_ids: IdArray
    vectors: HalfMatrix

    def __len__(self) -> int:
        return len(self.view_ids)

    def between(self, start: int, end: int) -> ViewRows:
        """The rows from `start` up to `end`."""
        return ViewRows(self.view_ids[start:end], self.item_ids[start:end], self.vectors[start:end])

    def followed_by(self, other: ViewRows) -> ViewRows:
        import numpy as np

        return ViewRows(
            np.concatenate([self.view_ids, other.view_ids]),
            np.concatenate([self.item_ids, other.item_ids]),
            np.concatenate([self.vectors, other.vectors]),
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to a gallery in one space after a revision.

    Attributes:
        revision: the gallery's revision that this reading saw.
        item_ids: every item changed since, int64, sorted; hidden ones too.
        rows: all findable embedded views of those items, whole; an item without rows is hidden.
    """

    revision: int
    item_ids: IdArray
    rows: ViewRows


@dataclass(frozen=True, slots=True)
class CommitReport:
    """What a commit did. `superseded` were already stored by another run, or changed meanwhile."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    superseded: int = 0
    item_ids: Sequence[int] = ()
