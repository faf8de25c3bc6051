"""Laws of reliability bins and of the error that they add up to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.calibration import calibration_curve

from search.evaluation.reliability import reliability

CONFIDENCES = hnp.arrays(np.float64, st.integers(1, 80), elements=st.floats(0, 1))


@given(CONFIDENCES, st.integers(1, 20))
def test_bins_hold_every_row_once_and_differ_by_one_at_most(
    confidence: np.ndarray, n_bins: int
) -> None:
    right = confidence > 0.5
    bins = reliability(confidence, right, n_bins)
    assert bins.n.sum() == len(confidence)
    assert bins.n.max() - bins.n.min() <= 1
    assert (np.diff(bins.confidence) > -1e-12).all()
    assert 0 <= bins.expected_error <= 1


@given(CONFIDENCES, st.integers(1, 20))
def test_the_order_of_rows_does_not_matter(confidence: np.ndarray, n_bins: int) -> None:
    right = np.arange(len(confidence)) % 3 == 0
    forwards = reliability(confidence, right, n_bins)
    backwards = reliability(confidence[::-1], right[::-1], n_bins)
    assert backwards.expected_error == pytest.approx(forwards.expected_error)


@given(CONFIDENCES)
def test_one_bin_gives_the_gap_between_mean_confidence_and_accuracy(
    confidence: np.ndarray,
) -> None:
    right = np.arange(len(confidence)) % 2 == 0
    expected = abs(confidence.mean() - right.mean())
    assert reliability(confidence, right, 1).expected_error == pytest.approx(expected)


def test_bins_agree_with_scikit_learn_where_values_are_distinct() -> None:
    rng = np.random.default_rng(5)
    confidence = rng.permutation(np.linspace(0.001, 0.999, 1000))
    right = rng.random(1000) < confidence
    bins = reliability(confidence, right, 10)
    accuracy, mean_confidence = calibration_curve(right, confidence, n_bins=10, strategy="quantile")
    assert bins.accuracy == pytest.approx(accuracy)
    assert bins.confidence == pytest.approx(mean_confidence)


def test_honest_probabilities_have_nearly_no_error_and_bragging_ones_have() -> None:
    rng = np.random.default_rng(5)
    confidence = rng.random(20_000)
    right = rng.random(20_000) < confidence
    assert reliability(confidence, right).expected_error < 0.02
    assert reliability(np.sqrt(confidence), right).expected_error > 0.1


def test_without_rows_there_is_no_error() -> None:
    assert math.isnan(reliability(np.empty(0), np.empty(0, bool)).expected_error)
