"""What goes into the decoding processes and what comes out of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.domain.indexing import DecodedPicture, RootKind

Pixels = npt.NDArray[np.uint8]
"""uint8, shape (height, width, 3), sRGB: one picture cut to the model's input size."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One picture to read.

    Attributes:
        key: the caller's own name for it; comes back untouched, never leaves the process.
        path: relative to the root, as `FoundPicture.path`.
        known_hashes: contents the caller has already; such a picture is hashed, not decoded.
        pixels_wanted: without, only hash, size and attributes are read, `pixels` stays empty.
    """

    key: object
    root_path: str
    root_kind: RootKind
    path: str
    known_hashes: frozenset[str] = frozenset()
    pixels_wanted: bool = True


@dataclass(frozen=True, slots=True)
class PictureRead:
    """A picture, decoded. `pixels` has shape (0, 0, 3) where they were not wanted."""

    task: ReadTask
    picture: DecodedPicture
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class KnownContent:
    """The file holds one of the task's `known_hashes`."""

    task: ReadTask
    content_hash: str


@dataclass(frozen=True, slots=True)
class ReadFailed:
    """A picture that could not be read, one sentence why, and its hash if it got that far."""

    task: ReadTask
    reason: str
    content_hash: str | None = None


ReadResult = PictureRead | KnownContent | ReadFailed
