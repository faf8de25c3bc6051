"""`sightline classify --taxonomy`: pictures against a taxonomy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cli.session import Session
from search.bootstrap import open_ready_made
from search.categories.classifying import class_probabilities
from search.categories.managing import known_taxonomy
from search.categories.scorers import open_scorer
from search.classification import ClassProbability

if TYPE_CHECKING:
    from PIL.Image import Image

    from search.ports.embedder import Embedder

SHOWN = 5
Classify = Callable[[list["Image"]], list[list[ClassProbability]]]


def by_taxonomy(session: Session, embedder: Embedder, name: str, top_k: int | None) -> Classify:
    """A function from pictures to their likeliest categories.

    What the taxonomy has learnt counts where the pictures are embedded as the gallery's are.

    Raises:
        NotFoundError: neither the gallery nor the program has the taxonomy.
    """
    stored = known_taxonomy(session.catalogue, session.gallery_name, name)
    taxonomy = open_ready_made(name) if stored is None else stored
    scorer = open_scorer(session.catalogue, taxonomy, embedder.space, lambda: embedder)

    def classify(images: list[Image]) -> list[list[ClassProbability]]:
        if not images:
            return []
        vectors = np.asarray(embedder.embed_images(images))
        return class_probabilities(scorer, vectors, top_k or SHOWN)

    return classify
