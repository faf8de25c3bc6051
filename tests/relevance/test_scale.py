"""One monotone curve per query, from scores to probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.domain.query import ItemTerm, Term, TextTerm
from search.relevance.background import (
    LEAST_PICTURES,
    Background,
    PictureSample,
    background_of,
    picture_share,
)
from search.relevance.constants import Constants, constants_of
from search.relevance.scale import Scale, crowding, location_and_spread
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


def test_hit_that_stands_above_other_texts_is_more_relevant_than_one_that_does_not() -> None:
    background = background_of([TextTerm("a")], _TEXTS, None)
    assert background is not None
    hits = _rows(5)
    ids = np.arange(5)
    scale = Scale.of(background, hits, ids, n_searched=100, constants=constants_of("tiny").text)
    likely = scale.relevance(scale.location + 8 * scale.spread)
    unlikely = scale.relevance(scale.location)
    assert likely > 0.5 > unlikely


def test_location_and_spread_are_those_of_the_background_on_the_hits() -> None:
    background = Background(_TEXTS, np.full((100, 1), -1, np.int64))
    hits = _rows(7)
    scores = _TEXTS.astype(np.float64) @ hits.T
    location, spread = location_and_spread(background, hits, np.arange(7))
    assert location == pytest.approx(scores.mean(), abs=1e-6)
    assert spread == pytest.approx(scores.std(axis=0).mean(), abs=1e-6)


def test_picture_does_not_judge_itself() -> None:
    background = background_of([ItemTerm(1)], None, _PICTURES)
    assert background is not None
    hits, ids = _PICTURES.vectors[:3], _PICTURES.view_ids[:3]
    location, _ = location_and_spread(background, hits, ids)
    others = _PICTURES.vectors @ hits.T
    others[range(3), range(3)] = np.nan
    assert location == pytest.approx(float(np.nanmean(others, axis=0).mean()), abs=1e-5)


def test_background_is_made_like_the_query() -> None:
    terms: list[Term] = [ItemTerm(1), TextTerm("red", -0.5)]
    background = background_of(terms, _TEXTS, _PICTURES)
    assert background is not None
    wanted = _PICTURES.vectors[0] - 0.5 * np.roll(_TEXTS, 7, axis=0)[0]
    assert background.vectors[0] == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-6)
    assert np.linalg.norm(background.vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert picture_share(terms) == pytest.approx(2 / 3)


def test_words_are_judged_in_any_gallery_and_pictures_only_beside_enough_others() -> None:
    few = PictureSample(_PICTURES.view_ids[: LEAST_PICTURES - 1], _PICTURES.vectors)
    assert background_of([TextTerm("a")], _TEXTS, None) is not None
    assert background_of([ItemTerm(1)], None, few) is None
    assert background_of([TextTerm("a"), ItemTerm(1)], _TEXTS, few) is None
    assert background_of([], _TEXTS, _PICTURES) is None


def test_the_same_score_says_less_in_a_larger_gallery() -> None:
    assert [crowding(n) for n in (0, 1, 2)] == [crowding(2)] * 3
    constants = Constants(slope=1.0, crowd=1.0, offset=0.0)
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
