"""Laws of the figures of a ranking, plain definitions to hold them against, and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score, ndcg_score

from search.evaluation.ranking import figures, in_rank_order, mean, means, ranks_of_answers

Case = tuple[np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn, *, distinct: bool = False) -> Case:
    """Scores with ties (or without) and answers, at least one answer a query."""
    n_queries, n_items = draw(st.integers(1, 5)), draw(st.integers(1, 12))
    shape = (n_queries, n_items)
    if distinct:
        rows = [draw(st.permutations(range(n_items))) for _ in range(n_queries)]
        scores = np.array(rows, np.float32)
    else:
        scores = draw(hnp.arrays(np.float32, shape, elements=st.integers(-3, 3).map(float)))
    answers = draw(hnp.arrays(bool, shape))
    answers[:, draw(st.integers(0, n_items - 1))] = True
    return scores, answers


def plain(scores: np.ndarray, answers: np.ndarray, k: int) -> dict[str, float]:
    """One query's figures, word by word as textbooks define them."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], bool(answers[i])))
    right = [bool(answers[i]) for i in order]
    n = sum(right)
    places = [place for place, is_right in enumerate(right, start=1) if is_right]
    gain = sum(1 / math.log2(place + 1) for place in places if place <= k)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(n, k) + 1))
    return {
        f"success@{k}": float(any(right[:k])),
        f"recall@{k}": sum(right[:k]) / n,
        f"nDCG@{k}": gain / ideal,
        "MRR": 1 / places[0],
        "mAP": sum(sum(right[:place]) / place for place in places) / n,
        "R-precision": sum(right[:n]) / n,
    }


@given(cases(), st.integers(1, 14))
def test_figures_are_what_textbooks_define(case: Case, k: int) -> None:
    scores, answers = case
    found = figures(scores, answers, [k])
    for query in range(len(scores)):
        expected = plain(scores[query], answers[query], k)
        assert {name: values[query] for name, values in found.items()} == pytest.approx(expected)


@settings(max_examples=30)
@given(cases(distinct=True), st.integers(1, 14))
def test_figures_agree_with_scikit_learn(case: Case, k: int) -> None:
    scores, answers = case
    found = figures(scores, answers, [k])
    expected = [average_precision_score(a, s) for a, s in zip(answers, scores, strict=True)]
    assert found["mAP"] == pytest.approx(expected)
    if scores.shape[1] > 1:
        assert mean(found[f"nDCG@{k}"]) == pytest.approx(ndcg_score(answers, scores, k=k))


@given(cases())
def test_recall_and_success_never_fall_as_k_grows(case: Case) -> None:
    ks = range(1, 15)
    found = figures(*case, ks)
    for name in ("recall", "success"):
        columns = np.stack([found[f"{name}@{k}"] for k in ks])
        assert (np.diff(columns, axis=0) >= 0).all()
        assert (columns[-1] == 1).all()


@given(cases())
def test_figures_depend_on_neither_the_order_of_items_nor_the_scale_of_scores(case: Case) -> None:
    scores, answers = case
    as_given = means(figures(scores, answers))
    turned = means(figures(2 * scores[:, ::-1] + 1, answers[:, ::-1]))
    assert turned == pytest.approx(as_given)


@given(cases())
def test_a_perfect_order_gets_one_everywhere_but_in_recall_at_few(case: Case) -> None:
    _, answers = case
    found = means(figures(answers.astype(np.float32), answers))
    others = [value for name, value in found.items() if not name.startswith("recall")]
    assert others == pytest.approx([1.0] * len(others))


@given(cases())
def test_the_rank_is_the_place_of_the_first_answer(case: Case) -> None:
    scores, answers = case
    first = in_rank_order(scores, answers).argmax(axis=1) + 1
    assert ranks_of_answers(scores, answers).tolist() == first.tolist()


def test_equal_scores_never_flatter() -> None:
    found = figures(np.zeros((1, 4), np.float32), np.array([[True, False, False, False]]), [3])
    assert found["MRR"] == pytest.approx([0.25])
    assert found["recall@3"] == pytest.approx([0])


def test_a_query_without_an_answer_is_left_out() -> None:
    scores = np.array([[3, 2, 1], [1, 2, 3]], np.float32)
    answers = np.array([[True, False, False], [False, False, False]])
    found = figures(scores, answers, [1])
    assert all(np.isnan(values[1]) for values in found.values())
    assert set(means(found).values()) == {1.0}
    assert math.isnan(mean(np.array([np.nan])))
