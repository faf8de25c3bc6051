"""Judges a query's hits: puts background, sample and constants together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from search.domain.arrays import FloatMatrix
from search.domain.query import Term
from search.relevance.background import PictureSample, background_of, picture_share
from search.relevance.constants import constants_of
from search.relevance.scale import N_JUDGED, Scale
from search.state import SearchState


@dataclass(frozen=True, slots=True)
class Judge:
    """What one query is judged by.

    Attributes:
        architecture: names the model whose constants hold.
        texts: vectors of the background's texts, None where the query has no words.
        pictures: gives the gallery's sample.
    """

    architecture: str
    texts: FloatMatrix | None
    pictures: Callable[[SearchState], PictureSample]

    def scale(
        self,
        terms: Sequence[Term],
        state: SearchState,
        best: Sequence[tuple[int, int, float]],
        n_searched: int,
    ) -> Scale | None:
        """The scale of the query's scores; None where nothing can be said.

        Args:
            best: item, view and score of the best hits of the whole answer, best first, whatever
                page was asked for.
        """
        if not best:
            return None
        sample = self.pictures(state)
        background = background_of(terms, self.texts, sample)
        if background is None:
            return None
        item_ids = np.array([item_id for item_id, _, _ in best[:N_JUDGED]], np.int64)
        view_ids = np.array([view_id for _, view_id, _ in best[:N_JUDGED]], np.int64)
        return Scale.of(
            background,
            state.vectors_of(item_ids, view_ids),
            sample.middle,
            n_searched=n_searched,
            constants=constants_of(self.architecture).of(picture_share(terms)),
        )
