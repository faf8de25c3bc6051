"""The seam to what gives probabilities of classes: zero-shot here, others by the same protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from PIL import Image

from search.categories import scoring
from search.categories.taxonomy import Taxonomy
from search.classification import DEFAULT_TEMPLATES, class_prototypes, probabilities
from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import Preprocessing
from search.domain.text import fold
from search.evaluation.labelled import class_name
from search.evaluation.ranking import Scores
from search.ports.classifier import Classifier
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


class TaxonomyScorer:
    """A taxonomy's classes, in all their wordings and with what it has learnt.

    Args:
        own: the labels that pictures carry; a class goes by the one that is its path, its name or
            one of its words.
    """

    def __init__(self, scorer: scoring.Scorer, taxonomy: Taxonomy, own: Sequence[str]) -> None:
        self._scorer = scorer
        asked = [scorer.asking.paths[node] for node in scorer.asking.class_node.tolist()]
        words = {one.path: (one.path, one.name, *one.words) for one in taxonomy.walk()}
        self._labels = named_as([words[path] for path in asked], own)

    @property
    def labels(self) -> Sequence[str]:
        return self._labels

    def scores_of_vectors(self, vectors: FloatMatrix) -> Scores:
        n_own = self._scorer.asking.n_own
        blocks = self._scorer.blocks(np.arange(len(vectors)), vectors)
        found = [chances[:, :n_own].copy() for _, chances in blocks]
        return np.concatenate(found) if found else np.empty((0, n_own), np.float32)


class ClassifierScorer:
    """A closed-set classifier's own classes; `own` as for a taxonomy, a class's words are what
    its name has between commas."""

    def __init__(self, classifier: Classifier, own: Sequence[str]) -> None:
        self._classifier = classifier
        parts = [[part.strip() for part in name.split(",")] for name in classifier.classes]
        names = zip(classifier.classes, parts, strict=True)
        self._labels = named_as([(name, *words) for name, words in names], own)

    @property
    def labels(self) -> Sequence[str]:
        return self._labels

    @property
    def preprocessing(self) -> Preprocessing:
        return self._classifier.preprocessing

    def scores_of_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        images = [Image.fromarray(one) for one in pixels]
        return self._classifier.probabilities(images).astype(np.float32)


def named_as(classes: Sequence[Sequence[str]], own: Sequence[str]) -> tuple[str, ...]:
    """A name for each class: the label among `own` that is one of its words, else the first of
    them. A label goes to one class only, the first that has it as its foremost word."""
    known = {fold(class_name(label)): label for label in own}
    names = [""] * len(classes)
    for place in range(max(map(len, classes), default=0)):
        for at, words in enumerate(classes):
            if not names[at] and place < len(words):
                names[at] = known.pop(fold(class_name(words[place])), "")
    return tuple(name or words[0] for name, words in zip(names, classes, strict=True))
