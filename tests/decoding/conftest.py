"""Pictures made on the spot, and a decoder without processes for tests of decoding alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from indexer.decoding.decode import decode_picture, prepare_codecs
from indexer.decoding.limits import DecodeLimits
from search.domain.indexing import DecodedPicture
from search.domain.space import Preprocessing

SIDE = 64
MODEL_INPUT = Preprocessing(224, 224, "shortest", "bicubic", (0.48, 0.46, 0.41), (0.27, 0.26, 0.28))
WHOLE_PICTURE = Preprocessing(SIDE, SIDE, "squash", "bicubic", (0, 0, 0), (1, 1, 1))
"""Nothing is cropped away, so that whole pictures can be compared."""


@dataclass(frozen=True)
class Seen:
    """What decoding gave, the pixels as uint8 of shape (height, width, 3)."""

    picture: DecodedPicture
    pixels: np.ndarray | None


Decode = Callable[..., Seen]


@pytest.fixture(scope="session")
def decode() -> Decode:
    """Decodes bytes or a file in this process, squashed to 64 x 64."""
    limits = DecodeLimits()
    prepare_codecs(limits)

    def decode_(source: Path | bytes, name: str = "", **changes: Any) -> Seen:
        content = source if isinstance(source, bytes) else source.read_bytes()
        name = name or (source.name if isinstance(source, Path) else "picture")
        options = {"preprocessing": WHOLE_PICTURE, "limits": limits} | changes
        found = decode_picture(content, name, "hash", **options)
        return Seen(found.picture, None if found.image is None else np.asarray(found.image))

    return decode_


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """A picture as a file of this Pillow format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient(width: int = 96, height: int = 64) -> Image.Image:
    """A picture without symmetry: red grows to the right, green downwards, blue in one corner."""
    y, x = np.mgrid[0:height, 0:width]
    blue = np.where((x < width // 4) & (y < height // 4), 255, 0)
    channels = [x * 255 // (width - 1), y * 255 // (height - 1), blue]
    return Image.fromarray(np.stack(channels, axis=2).astype(np.uint8))


def difference(first: Seen, second: Seen) -> float:
    """Mean absolute difference of the pixels, in steps of 255."""
    assert first.pixels is not None
    assert second.pixels is not None
    return float(np.abs(first.pixels.astype(int) - second.pixels.astype(int)).mean())
