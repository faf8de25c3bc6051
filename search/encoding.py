"""Turns a query's terms into one unit vector of one embedding space."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import numpy as np

from search.domain.arrays import FloatMatrix
from search.domain.query import ImageTerm, ItemTerm, Term, TextTerm
from search.domain.space import EmbeddingSpace
from search.errors import ModelUnavailableError, UsageError, UserError
from search.ports.blob_store import BlobStore
from search.ports.embedder import Embedder
from search.ranking import Scores, unit
from search.relevance.kept import BackgroundTexts

_REMEMBERED_TEXTS = 1024


class QueryEncoder:
    """The model of one space: opened when the first query needs it, texts remembered.

    Safe to use from several threads; the model is opened once.

    Args:
        kept: where the vectors of `BACKGROUND_TEXTS` outlast this process.
    """

    def __init__(
        self,
        space: EmbeddingSpace,
        open_embedder: Callable[[EmbeddingSpace], Embedder],
        kept: BlobStore | None = None,
    ) -> None:
        self.space = space
        self._background = BackgroundTexts(space, kept)
        self._open_embedder = open_embedder
        self._embedder: Embedder | None = None
        self._opening = Lock()
        self._texts: OrderedDict[str, Scores] = OrderedDict()
        self._remembering = Lock()

    @property
    def is_open(self) -> bool:
        return self._embedder is not None

    def open(self) -> Embedder:
        """The model, loaded.

        Raises:
            ModelUnavailableError: it cannot be had, or its weights are not the space's any more.
        """
        with self._opening:
            if self._embedder is None:
                embedder = self._open_embedder(self.space)
                if embedder.space.id != self.space.id:
                    raise ModelUnavailableError(
                        f"The model {self.space.spec} is not the one that this gallery was "
                        "indexed with.",
                        hint="Bring its weights back, or run `sightline reindex --model "
                        f"{self.space.spec}`.",
                    )
                self._embedder = embedder
            return self._embedder

    def encode(self, terms: Sequence[Term]) -> Mapping[int, Scores]:
        """Unit vectors of the text and image terms by their position, float32, (dim,)."""
        vectors: dict[int, Scores] = {}
        images = [(at, term.image) for at, term in enumerate(terms) if isinstance(term, ImageTerm)]
        texts = [(at, term.text) for at, term in enumerate(terms) if isinstance(term, TextTerm)]
        if images:
            embedded = self.open().embed_images([image for _, image in images])
            vectors.update((at, embedded[i]) for i, (at, _) in enumerate(images))
        if texts:
            known = self._encode_texts({text for _, text in texts})
            vectors.update((at, known[text]) for at, text in texts)
        return vectors

    def background(self) -> FloatMatrix:
        """Vectors of `BACKGROUND_TEXTS`, float32, (n, dim), embedded when first asked for."""
        return self._background.vectors(self.open)

    def _encode_texts(self, texts: set[str]) -> Mapping[str, Scores]:
        known: dict[str, Scores] = {}
        with self._remembering:
            for text in texts & self._texts.keys():
                self._texts.move_to_end(text)
                known[text] = self._texts[text]
        unknown = sorted(texts - known.keys())
        if unknown:
            known.update(zip(unknown, self.open().embed_texts(unknown), strict=True))
            with self._remembering:
                self._texts.update((text, known[text]) for text in unknown)
                while len(self._texts) > _REMEMBERED_TEXTS:
                    self._texts.popitem(last=False)
        return known


def needs_model(terms: Sequence[Term]) -> bool:
    """Whether any term has to be embedded; stored items have been already."""
    return any(not isinstance(term, ItemTerm) for term in terms)


def check_terms(terms: Sequence[Term]) -> None:
    """Raise UsageError where a weight is no number or a text is blank."""
    for term in terms:
        if not math.isfinite(term.weight):
            raise UsageError(
                f"The weight {term.weight} is not a number.",
                hint="Give a weight such as 1 or -0.5.",
            )
        if isinstance(term, TextTerm) and not term.text.strip():
            raise UsageError("A text to search for is blank.", hint="Write at least one word.")


def combined(terms: Sequence[Term], vectors: Mapping[int, Scores]) -> Scores:
    """The weighted sum of the terms' unit vectors at length one: float32, (dim,).

    Raises:
        UserError: the terms cancel out.
    """
    total = np.sum(
        [term.weight * vectors[at].astype(np.float64) for at, term in enumerate(terms)], axis=0
    )
    direction = unit(total)
    if direction is None:
        raise UserError(
            "The terms of this query cancel each other out, so there is nothing to look for.",
            hint="Change a term or its weight.",
        )
    return direction
