"""Thumbnails and previews: WebP, made once by content, kept as blobs."""

from __future__ import annotations

import io
from enum import StrEnum
from pathlib import Path
from threading import Lock

from PIL import Image

from api.pictures.decoder import PictureDecoder
from indexer.places import Place
from search.domain.space import Preprocessing
from search.errors import PictureError
from search.ports.blob_store import BlobStore

FORMAT_VERSION = 2
"""Part of every name, so that another way of making them makes them anew."""


class Size(StrEnum):
    """What is asked of a picture: for the grid, for the screen, or as it is."""

    THUMB = "thumb"
    PREVIEW = "preview"
    ORIGINAL = "original"


LONG_SIDES = {Size.THUMB: 512, Size.PREVIEW: 1600}
_QUALITY = {Size.THUMB: 78, Size.PREVIEW: 84}


def whole(long_side: int) -> Preprocessing:
    """A fitting that shows all of a picture, its long side this long, padded to a square."""
    return Preprocessing(
        height=long_side,
        width=long_side,
        resize_mode="longest",
        interpolation="bicubic",
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        fill=255,
    )


def read_whole(
    decoder: PictureDecoder,
    picture: Place | bytes,
    name: str = "",
    long_side: int = LONG_SIDES[Size.PREVIEW],
) -> Image.Image:
    """All of a picture, no side longer than `long_side` pixels and never larger than it is.

    Raises:
        PictureError: it cannot be decoded.
    """
    if isinstance(picture, bytes):
        decoded = decoder.decode_bytes(picture, whole(long_side), name)
    else:
        decoded = decoder.decode_file(picture, whole(long_side))
    width, height = bounded((decoded.width, decoded.height), long_side, enlarge=True)
    left, top = (long_side - width) // 2, (long_side - height) // 2  # as the padding is rounded
    image = decoded.to_image().crop((left, top, left + width, top + height))
    if max(decoded.width, decoded.height) < long_side:
        image = image.resize((decoded.width, decoded.height), Image.Resampling.LANCZOS)
    return image


def bounded(size: tuple[int, int], long_side: int, *, enlarge: bool = False) -> tuple[int, int]:
    """The (width, height) of the same shape whose long side is at most `long_side`."""
    ratio = max(size) / long_side
    if ratio <= 1 and not enlarge:
        return size
    return max(1, round(size[0] / ratio)), max(1, round(size[1] / ratio))


class Previews:
    """Makes each thumbnail and preview once; safe to use from several threads."""

    def __init__(self, blobs: BlobStore, decoder: PictureDecoder) -> None:
        self._blobs = blobs
        self._decoder = decoder
        self._lock = Lock()
        self._making: dict[str, Lock] = {}

    def find(self, content_hash: str, size: Size) -> Path | None:
        """The file, None where it has not been made."""
        return self._blobs.path(_name(content_hash, size))

    def make(self, content_hash: str, size: Size, place: Place) -> Path:
        """The file, made now if it was not there, and this size alone: a grid's thumbnails are
        waited for, and a preview takes ten times as long.

        Raises:
            PictureError: the original cannot be read, or has changed since it was indexed.
        """
        name = _name(content_hash, size)
        with self._lock:
            making = self._making.setdefault(name, Lock())
        try:
            with making:
                found = self._blobs.path(name)
                if found is not None:
                    return found
                image = read_whole(self._decoder, place, long_side=LONG_SIDES[size])
                return self._blobs.write(name, _webp(image, _QUALITY[size]))
        finally:
            with self._lock:
                self._making.pop(name, None)


def _webp(image: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    try:
        image.save(written, "WEBP", quality=quality, method=4)
    except (OSError, ValueError) as error:
        raise PictureError("No smaller picture can be made of this one.") from error
    return written.getvalue()


def _name(content_hash: str, size: Size) -> str:
    return f"v{FORMAT_VERSION}/{content_hash[:2]}/{content_hash}-{size}.webp"
