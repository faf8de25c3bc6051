"""Laws of the figures of guessed classes, and scikit-learn to hold them against."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import (
    average_precision_score,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)
from sklearn.metrics import confusion_matrix as sklearn_confusion

from search.evaluation.classification import (
    NO_ANSWER,
    average_precision,
    average_precisions,
    best_class,
    class_figures,
    confusion_matrix,
    one_hot,
    top_k_accuracy,
)

FEW = settings(max_examples=30)
"""scikit-learn takes some milliseconds for each of its figures."""

Guessed = tuple[np.ndarray, np.ndarray]


@st.composite
def labels_and_guesses(draw: st.DrawFn) -> Guessed:
    """Labels and guesses of four classes; a guess may be none."""
    n = draw(st.integers(1, 30))
    labels = draw(hnp.arrays(np.int64, n, elements=st.integers(0, 3)))
    guesses = draw(hnp.arrays(np.int64, n, elements=st.integers(NO_ANSWER, 3)))
    return labels, guesses


@FEW
@given(labels_and_guesses())
def test_class_figures_agree_with_scikit_learn(case: Guessed) -> None:
    labels, guesses = case
    truth, guessed = one_hot(labels, 4), one_hot(guesses, 4)
    ours = class_figures(truth, guessed)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, guessed, zero_division=0
    )
    assert ours.precision == pytest.approx(precision)
    assert ours.recall == pytest.approx(recall)
    assert ours.f1 == pytest.approx(f1)
    assert ours.n_labelled.tolist() == support.tolist()
    present = np.unique(labels)
    for name, values in (("macro", ours.macro), ("micro", ours.micro)):
        classes = present if name == "macro" else np.arange(4)
        expected = precision_recall_fscore_support(
            labels, guesses, labels=classes, average=name, zero_division=0
        )
        assert [values[key] for key in ("precision", "recall", "f1")] == pytest.approx(expected[:3])


@FEW
@given(hnp.arrays(bool, (12, 3)), hnp.arrays(bool, (12, 3)))
def test_several_labels_a_picture_agree_with_scikit_learn(
    truth: np.ndarray, guessed: np.ndarray
) -> None:
    ours = class_figures(truth, guessed)
    precision, recall, f1, _ = precision_recall_fscore_support(truth, guessed, zero_division=0)
    assert ours.precision == pytest.approx(precision)
    assert ours.recall == pytest.approx(recall)
    assert ours.f1 == pytest.approx(f1)


@FEW
@given(labels_and_guesses())
def test_the_confusion_matrix_counts_every_row_once(case: Guessed) -> None:
    labels, guesses = case
    counts = confusion_matrix(labels, guesses, 4)
    assert counts.shape == (4, 5)
    assert counts.sum() == len(labels)
    assert counts.sum(axis=1).tolist() == np.bincount(labels, minlength=4).tolist()
    none_last = np.where(guesses == NO_ANSWER, 4, guesses)
    assert (counts == sklearn_confusion(labels, none_last, labels=range(5))[:4]).all()


@FEW
@given(hnp.arrays(np.float32, 20, elements=st.integers(0, 6).map(float)), hnp.arrays(bool, 20))
def test_average_precision_agrees_with_scikit_learn_ties_included(
    scores: np.ndarray, truth: np.ndarray
) -> None:
    truth[0] = True
    expected = average_precision_score(truth, scores)
    assert average_precision(scores, truth) == pytest.approx(expected)


@FEW
@given(st.permutations(range(40)), hnp.arrays(np.int64, 10, elements=st.integers(0, 3)))
def test_top_k_accuracy_agrees_with_scikit_learn(numbers: list[int], labels: np.ndarray) -> None:
    scores = np.array(numbers, np.float64).reshape(10, 4)
    for k in (1, 2, 3):
        expected = top_k_accuracy_score(labels, scores, k=k, labels=range(4))
        assert top_k_accuracy(scores, one_hot(labels, 4), k) == pytest.approx(expected)
    assert top_k_accuracy(scores, one_hot(labels, 4), 4) == 1


def test_a_class_without_labels_weighs_nothing_in_macro_means() -> None:
    truth = np.array([[True, False], [True, False]])
    ours = class_figures(truth, truth)
    assert ours.macro == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert np.isnan(average_precisions(truth.astype(float), truth)[1])


def test_below_the_threshold_there_is_no_answer() -> None:
    scores = np.array([[0.2, 0.8], [0.45, 0.4]])
    assert best_class(scores).tolist() == [1, 0]
    assert best_class(scores, 0.5).tolist() == [1, NO_ANSWER]
