"""The seam to embedding models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import EmbeddingSpace

if TYPE_CHECKING:
    from PIL.Image import Image


class Embedder(Protocol):
    """A loaded model: pictures and words to unit vectors of one embedding space.

    Every result is float32, shape (n, dim), C-contiguous, unit rows, in the order of the input;
    an empty input gives shape (0, dim). Safe to call from several threads at once. All methods
    raise EmbedderError for input that the model turns into no direction at all.
    """

    @property
    def space(self) -> EmbeddingSpace: ...

    @property
    def logit_scale(self) -> float:
        """What cosines are multiplied by before softmax or sigmoid; positive."""

    @property
    def logit_bias(self) -> float | None:
        """Added before the sigmoid of a SigLIP model; None for models trained with softmax."""

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        """Embed pictures already cut to the model's input size by `space.preprocessing`."""

    def embed_images(self, images: Sequence[Image]) -> FloatMatrix:
        """Embed upright pictures of any size and mode, preprocessing them first."""

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        """Embed texts; longer ones than the model's context are cut."""
