"""What pictures are classified by where nobody has said what to look for."""

from __future__ import annotations

from collections import Counter

import numpy as np

from api.classifying import Guess, Outcome
from api.engine import Engine
from search.categories.scales import sigmoid, softmax
from search.categories.scoring import Scorer
from search.categories.taxonomy import Mode
from search.domain.arrays import FloatMatrix
from search.errors import NotFoundError
from search.ports.embedder import Embedder

EVERYDAY = "everyday"


def usual_scorer(engine: Engine, embedder: Embedder) -> Scorer:
    """By the taxonomy that the settings name, else the first active one of the gallery that answers
    Hugging Face's clients, else the ready-made `everyday`.

    Raises:
        NotFoundError: the settings name one that is not there.
    """
    gallery, name = engine.settings.hf_gallery, engine.settings.hf_classifier
    if not name:
        with engine.catalogue.reading() as snapshot:
            try:
                active = snapshot.taxonomies(snapshot.gallery(gallery).id)
            except NotFoundError:
                active = []
        name = active[0].name if active else EVERYDAY
    return engine.classifying.by_taxonomy(engine.catalogue, gallery, embedder, name)


def usual_guesses(
    scorer: Scorer, vector: FloatMatrix, outcome: Outcome | None, top_k: int | None
) -> list[Guess]:
    """A picture's categories by name, or by path where a name is there twice; likeliest first.

    Args:
        vector: float32, (1, dim), a unit vector.
        outcome: None gives the taxonomy's own probabilities.
    """
    if outcome is None:
        outcome = Outcome.SOFTMAX if scorer.asking.mode is Mode.SINGLE else Outcome.SIGMOID
    ((_, found),) = scorer.logits(np.zeros(1, np.int64), vector)
    logits = found[:, : scorer.n_columns].astype(np.float64)
    if outcome is Outcome.SOFTMAX:
        logits = softmax(logits)
    elif outcome is Outcome.SIGMOID:
        logits = sigmoid(logits)
    scores = logits[0, : scorer.asking.n_own]
    labels = _labels(scorer.asking.class_names[: scorer.asking.n_own])
    order = np.argsort(-scores, kind="stable")[:top_k]
    return [Guess(labels[i], float(scores[i])) for i in order]


def _labels(paths: tuple[str, ...]) -> list[str]:
    names = [path.rpartition("/")[2] for path in paths]
    often = Counter(names)
    return [name if often[name] == 1 else path for name, path in zip(names, paths, strict=True)]
