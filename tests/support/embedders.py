"""A small, exact stand-in for a CLIP model: words and pixels hashed to unit vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Lock

import numpy as np
from PIL import Image

from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import EmbeddingSpace, Preprocessing
from search.ranking import unit

DIM = 16
_SIZE = 32


def hashing_space(seed: int = 0, dim: int = DIM) -> EmbeddingSpace:
    """The space of `HashingEmbedder(seed)`; another seed is another model."""
    half = (0.5, 0.5, 0.5)
    return EmbeddingSpace(
        spec=f"hashing@{seed}",
        weights_digest=hashlib.sha256(f"hashing {seed}".encode()).hexdigest(),
        dim=dim,
        preprocessing=Preprocessing(_SIZE, _SIZE, "shortest", "bicubic", half, half),
    )


class HashingEmbedder:
    """Equal input gives equal vectors, other input others, with no meaning in between.

    Attributes:
        n_texts, n_pictures: how many have been embedded so far.
    """

    def __init__(self, seed: int = 0, dim: int = DIM) -> None:
        self._space = hashing_space(seed, dim)
        self._counting = Lock()
        self.n_texts = 0
        self.n_pictures = 0

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def logit_scale(self) -> float:
        return 100.0

    @property
    def logit_bias(self) -> float | None:
        return None

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        with self._counting:
            self.n_pictures += len(pixels)
        return self._rows([picture.tobytes() for picture in pixels])

    def embed_images(self, images: Sequence[Image.Image]) -> FloatMatrix:
        resized = [image.convert("RGB").resize((_SIZE, _SIZE)) for image in images]
        if not resized:
            return self._rows([])
        return self.embed_pixels(np.stack([np.asarray(image) for image in resized]))

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        with self._counting:
            self.n_texts += len(texts)
        return self._rows([text.encode() for text in texts])

    def _rows(self, contents: Sequence[bytes]) -> FloatMatrix:
        rows = np.zeros((len(contents), self._space.dim), np.float32)
        for i, content in enumerate(contents):
            rows[i] = hashed_vector(content, self._space)
        return rows


def hashed_vector(content: bytes, space: EmbeddingSpace) -> FloatMatrix:
    """The unit vector of these bytes in the space: float32, (dim,)."""
    digest = hashlib.sha256(space.weights_digest.encode() + content).digest()
    rng = np.random.default_rng(np.frombuffer(digest, np.uint32))
    vector = unit(rng.standard_normal(space.dim))
    if vector is None:
        raise ValueError("a random vector of length zero")
    return vector
