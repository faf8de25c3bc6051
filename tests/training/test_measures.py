"""The figures of the model card are what their names say."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks.tiny.measures import (
    area_under_curve,
    few_shot,
    ranks_of_answers,
    retrieval,
)


def test_a_perfect_ranking_has_rank_one_and_recall_one() -> None:
    scores = np.eye(5, dtype=np.float32)
    ranks = ranks_of_answers(scores, np.eye(5, dtype=bool))

    assert ranks.tolist() == [1] * 5
    assert retrieval(ranks) == {"recall@1": 1, "recall@5": 1, "recall@10": 1, "median rank": 1}


def test_any_of_several_answers_counts() -> None:
    scores = np.array([[0.9, 0.5, 0.7, 0.1]], np.float32)

    assert ranks_of_answers(scores, np.array([[False, True, True, False]])).tolist() == [2]


def test_equal_scores_never_flatter() -> None:
    scores = np.zeros((1, 4), np.float32)

    assert ranks_of_answers(scores, np.array([[True, False, False, False]])).tolist() == [4]


def test_area_is_one_when_all_positives_come_first_and_half_by_chance() -> None:
    scores = np.arange(1000, dtype=np.float32)

    assert area_under_curve(scores, scores >= 900) == pytest.approx(1.0)
    assert area_under_curve(scores, scores % 2 == 0) == pytest.approx(0.5, abs=0.01)


def test_a_linear_head_learns_what_is_linearly_there() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 16))
    labels = np.repeat(np.arange(4), 40)
    points = (centres[labels] + 0.2 * rng.normal(size=(160, 16))).astype(np.float32)

    assert few_shot(points, labels, points, labels, 16, seed=0) > 0.95
