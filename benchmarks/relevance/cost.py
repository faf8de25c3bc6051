"""What relevance adds to a query: milliseconds at 512 dimensions, the best of many."""

from __future__ import annotations

import time

import numpy as np

from search.domain.query import Term, TextTerm
from search.relevance.background import N_PICTURES, PictureSample, background_of
from search.relevance.constants import constants_of
from search.relevance.scale import N_JUDGED, Scale
from search.relevance.texts import BACKGROUND_TEXTS

_DIM = 512
_N_TIMES = 200


def cost() -> dict[str, float]:
    """For one term of words, and for words minus words; 40 hits each."""
    return {
        "ms a query, words": _timed([TextTerm("a")]),
        "ms a query, words minus words": _timed([TextTerm("a"), TextTerm("b", -0.5)]),
    }


def _timed(terms: list[Term]) -> float:
    rng = np.random.default_rng(0)
    texts, hits, views = (
        rng.standard_normal((n, _DIM), dtype=np.float32)
        for n in (len(BACKGROUND_TEXTS), N_JUDGED, N_PICTURES)
    )
    sample = PictureSample(np.arange(N_PICTURES), views)
    took = []
    for _ in range(_N_TIMES):
        began = time.perf_counter()
        background = background_of(terms, texts, sample)
        if background is None:
            raise ValueError("there is nothing to make a background of")
        constants = constants_of("tiny").text
        scale = Scale.of(background, hits, sample.middle, n_searched=1_000, constants=constants)
        for place in range(40):
            scale.relevance(0.4 - 0.01 * place)
        took.append(time.perf_counter() - began)
    return round(1000 * min(took), 3)
