"""The test photos and altered copies of some as vectors of `tiny`, kept between runs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.tiny.towers import Tiny
from search.domain.arrays import FloatMatrix
from training.photos import Photo, read_photos

N_COPIES = 300
_KEPT = 0.8


class Encoded:
    """What the benchmark needs of one model.

    Attributes:
        photos: those that training kept out, in a fixed order.
        views: float32, (n_photos, dim), rounded as a gallery stores them.
    """

    def __init__(self, model: Path, data: Path, cache: Path) -> None:
        self._cache = cache / hashlib.sha256(model.read_bytes()).hexdigest()[:16]
        self.photos = [photo for photo in read_photos(data) if photo.is_test]
        self.views = stored(self._once("photos", lambda: self._embedded(self.photos)))

    @cached_property
    def _tiny(self) -> Tiny:
        return Tiny()

    def texts(self, texts: Sequence[str]) -> FloatMatrix:
        """float32, (n, dim)."""
        name = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
        return self._once(f"texts-{name}", lambda: self._tiny.texts(list(texts)))

    def copies(self, photos: Sequence[Photo]) -> FloatMatrix:
        """The photos cut to the middle four fifths and saved as a poor JPEG: float32, (n, dim)."""
        made = [partial(_copy_of, photo) for photo in photos]
        return self._once(f"copies-{len(photos)}", lambda: self._tiny.images(made))

    def _embedded(self, photos: Sequence[Photo]) -> FloatMatrix:
        return self._tiny.images([photo.open for photo in photos])

    def _once(self, name: str, make: Callable[[], FloatMatrix]) -> FloatMatrix:
        path = self._cache / f"{name}.npy"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, make())
        return np.asarray(np.load(path), np.float32)


def stored(vectors: FloatMatrix) -> FloatMatrix:
    """Vectors as they come back from a gallery, which keeps them at half precision."""
    return vectors.astype(np.float16).astype(np.float32)


def _copy_of(photo: Photo) -> Image.Image:
    image = photo.open()
    width, height = (round(_KEPT * side) for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    saved = io.BytesIO()
    image.crop((left, top, left + width, top + height)).save(saved, "JPEG", quality=50)
    return Image.open(saved).convert("RGB")
