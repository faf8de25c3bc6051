"""Classifies pictures with the models in memory; what labels mean is worked out once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from search.bootstrap import open_ready_made
from search.categories.asking import Asking
from search.categories.managing import known_taxonomy
from search.categories.scorers import open_scorer
from search.categories.scoring import Scorer
from search.categories.taxonomy import Taxonomy
from search.classification import checked_labels, class_prototypes, probabilities
from search.domain.arrays import FloatMatrix
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder

_REMEMBERED = 128
_REMEMBERED_SCORERS = 8


class Outcome(StrEnum):
    """What cosines become: shares of one, chances each on its own, or only scaled."""

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Guess:
    """A label as it was given, and its score, higher is likelier."""

    label: str
    score: float


class Classifying:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Any, ...], FloatMatrix] = OrderedDict()
        self._scorers: OrderedDict[tuple[str, str, str], Scorer] = OrderedDict()
        self._lock = Lock()

    def by_ready_made(self, catalogue: Catalogue, embedder: Embedder, taxonomy: Taxonomy) -> Scorer:
        """The scorer of a taxonomy that no gallery has; it has learnt nothing."""
        key = (embedder.space.id, taxonomy.name, Asking.of(taxonomy).digest)
        with self._lock:
            if key in self._scorers:
                self._scorers.move_to_end(key)
                return self._scorers[key]
        made = open_scorer(catalogue, taxonomy, embedder.space, lambda: embedder)
        with self._lock:
            self._scorers[key] = made
            while len(self._scorers) > _REMEMBERED_SCORERS:
                self._scorers.popitem(last=False)
        return made

    def by_taxonomy(
        self, catalogue: Catalogue, gallery: str, embedder: Embedder, name: str
    ) -> Scorer:
        """The scorer of a gallery's taxonomy, with what it has learnt, or of a ready-made one.

        Raises:
            NotFoundError: there is neither.
        """
        stored = known_taxonomy(catalogue, gallery, name)
        if stored is None:
            return self.by_ready_made(catalogue, embedder, open_ready_made(name))
        return open_scorer(catalogue, stored, embedder.space, lambda: embedder)

    def guesses(
        self,
        embedder: Embedder,
        vector: FloatMatrix,
        labels: Sequence[str],
        templates: Sequence[str],
        *,
        outcome: Outcome | None = None,
        top_k: int | None = None,
    ) -> list[Guess]:
        """The labels, likeliest first.

        Args:
            vector: float32, shape (1, dim), a unit vector: the picture's.
            outcome: None does as the model was trained.
        Raises:
            UsageError: labels or templates that make no sense.
        """
        prototypes = self._prototypes(embedder, labels, templates)
        if outcome is None:
            scores = probabilities(vector, prototypes, embedder)[0]
        else:
            scores = _scores(embedder, vector, prototypes, outcome)
        order = np.argsort(-scores, kind="stable")[:top_k]
        return [Guess(labels[i], float(scores[i])) for i in order]

    def _prototypes(
        self, embedder: Embedder, labels: Sequence[str], templates: Sequence[str]
    ) -> FloatMatrix:
        names = checked_labels(labels)
        key = (embedder.space.id, tuple(names), tuple(templates))
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = class_prototypes(embedder, names, templates)
        with self._lock:
            self._known[key] = made
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return made


def _scores(
    embedder: Embedder, vector: FloatMatrix, prototypes: FloatMatrix, outcome: Outcome
) -> npt.NDArray[np.float64]:
    cosines = prototypes.astype(np.float64) @ vector[0].astype(np.float64)
    logits: npt.NDArray[np.float64] = embedder.logit_scale * cosines + (embedder.logit_bias or 0.0)
    if outcome is Outcome.SIGMOID:
        chances: npt.NDArray[np.float64] = 0.5 * (1 + np.tanh(0.5 * logits))
        return chances
    if outcome is Outcome.NONE:
        return logits
    powers: npt.NDArray[np.float64] = np.exp(logits - logits.max())
    shares: npt.NDArray[np.float64] = powers / powers.sum()
    return shares
