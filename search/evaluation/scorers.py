"""The seam to what gives probabilities of classes: zero-shot here, others by the same protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from search.classification import DEFAULT_TEMPLATES, class_prototypes, probabilities
from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import Preprocessing
from search.evaluation.ranking import Scores
from search.ports.embedder import Embedder


class VectorScorer(Protocol):
    """Judges embeddings: class names, a taxonomy, a learned head."""

    @property
    def labels(self) -> Sequence[str]:
        """The classes, in the order of the columns."""

    def scores_of_vectors(self, vectors: FloatMatrix) -> Scores:
        """Probabilities in [0, 1], (n, n_labels).

        Args:
            vectors: float32, (n, dim), unit rows, or the mean of an item's unit rows.
        """


@runtime_checkable
class PictureScorer(Protocol):
    """Judges pictures: a closed-set classifier that has no embedding space."""

    @property
    def labels(self) -> Sequence[str]: ...

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures are cut for it."""

    def scores_of_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        """Probabilities in [0, 1], float32, (n, n_labels)."""


Scorer = VectorScorer | PictureScorer


class ZeroShotScorer:
    """Class names in prompt templates, compared by the model's own scale and bias.

    Raises:
        UsageError: labels or templates that make no sense.
    """

    def __init__(
        self,
        embedder: Embedder,
        labels: Sequence[str],
        templates: Sequence[str] = DEFAULT_TEMPLATES,
    ) -> None:
        self._embedder = embedder
        self._labels = tuple(labels)
        self.prototypes = class_prototypes(embedder, labels, templates)

    @property
    def labels(self) -> Sequence[str]:
        return self._labels

    def scores_of_vectors(self, vectors: FloatMatrix) -> Scores:
        return probabilities(vectors, self.prototypes, self._embedder)
