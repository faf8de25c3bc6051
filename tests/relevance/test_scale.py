"""One monotone curve per query, from scores to probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.domain.query import ItemTerm, Term, TextTerm
from search.relevance.background import (
    LEAST_PICTURES,
    PictureSample,
    background_of,
    picture_share,
)
from search.relevance.constants import Constants, constants_of
from search.relevance.scale import Scale, crowding, middle_of, spread_of
from search.relevance.texts import BACKGROUND_TEXTS

_DIM = 64
_RNG = np.random.default_rng(4)


def _rows(n: int) -> np.ndarray:
    rows = _RNG.standard_normal((n, _DIM), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


_TEXTS = _rows(100)
_PICTURES = PictureSample(np.arange(80, dtype=np.int64), _rows(80))


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=20),
    st.sampled_from(["tiny", "any other"]),
    st.floats(0, 1),
    st.integers(1, 10**7),
)
def test_relevance_is_a_probability_in_the_order_of_the_scores(
    scores: list[float], model: str, share: float, n_searched: int
) -> None:
    scale = Scale(0.1, 0.05, n_searched, constants_of(model).of(share))
    found = [scale.relevance(score) for score in sorted(scores)]
    assert found == sorted(found)
    assert all(0 <= one <= 1 for one in found)


@pytest.mark.parametrize("near", [0.0, 0.5, 1.0])
def test_location_is_what_the_background_gets_from_the_hits_and_from_the_gallery(
    near: float,
) -> None:
    background = background_of([TextTerm("a")], _TEXTS, _PICTURES)
    assert background is not None
    hits = _rows(7)
    scale = Scale.of(
        background,
        hits,
        _PICTURES.middle,
        n_searched=100,
        constants=Constants(near, 1.0, 0.0, 0.0),
    )
    of_hits, of_all = ((_TEXTS @ views.T).mean() for views in (hits, _PICTURES.vectors))
    assert scale.location == pytest.approx(near * of_hits + (1 - near) * of_all, abs=1e-5)
    assert scale.relevance(scale.location + 8 * scale.spread) > 0.5


def test_spread_is_the_deviation_of_the_backgrounds_scores() -> None:
    scores = _TEXTS @ _rows(500).T
    assert spread_of(middle_of(_TEXTS)) == pytest.approx(float(scores.std(axis=0).mean()), rel=0.05)


def test_background_is_made_like_the_query() -> None:
    terms: list[Term] = [ItemTerm(1), TextTerm("red", -0.5)]
    background = background_of(terms, _TEXTS, _PICTURES)
    assert background is not None
    wanted = _PICTURES.vectors[0] - 0.5 * np.roll(_TEXTS, 7, axis=0)[0]
    assert background[0] == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-6)
    assert np.linalg.norm(background, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert picture_share(terms) == pytest.approx(2 / 3)


def test_words_are_judged_in_any_gallery_and_pictures_only_beside_enough_others() -> None:
    few = PictureSample(_PICTURES.view_ids[: LEAST_PICTURES - 1], _PICTURES.vectors)
    assert background_of([TextTerm("a")], _TEXTS, few) is not None
    assert background_of([ItemTerm(1)], None, few) is None
    assert background_of([TextTerm("a"), ItemTerm(1)], _TEXTS, few) is None
    assert background_of([], _TEXTS, _PICTURES) is None


def test_the_same_score_says_less_in_a_larger_gallery() -> None:
    assert [crowding(n) for n in (0, 1, 2)] == [crowding(2)] * 3
    constants = Constants(near=0.5, slope=1.0, crowd=1.0, offset=0.0)
    small, large = (Scale(0.0, 0.1, n, constants) for n in (100, 1_000_000))
    assert small.relevance(0.3) > large.relevance(0.3)


@pytest.mark.parametrize("model", ["tiny", "any other"])
def test_shipped_constants_keep_the_order_of_scores_and_do_not_reward_a_crowd(model: str) -> None:
    for constants in (constants_of(model).text, constants_of(model).picture):
        assert constants.slope > 0
        assert constants.crowd >= 0


def test_background_texts_are_many_and_each_only_once() -> None:
    assert len(set(BACKGROUND_TEXTS)) == len(BACKGROUND_TEXTS) >= 200
    assert all(text == text.strip().lower() for text in BACKGROUND_TEXTS)
