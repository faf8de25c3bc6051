"""Probabilities that can be believed, from labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.categories.calibration import Calibration, calibrate, cross_fitted, fit_temperature
from search.categories.folds import folds_of
from search.categories.reliability import reliability, top_one_reliability
from search.categories.scales import fit_factors, log_loss, softmax
from search.categories.thresholds import fit_threshold
from search.errors import UsageError

NAMES = ["dog", "cat", "bird"]


def drawn(n: int, seed: int = 0, sureness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn from what they say once they are divided by `sureness`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2.0, size=(n, len(NAMES)))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return logits * sureness, labels.astype(np.int64)


@pytest.mark.parametrize("sureness", [0.3, 1.0, 4.0])
def test_the_temperature_that_made_the_labels_is_found(sureness: float) -> None:
    logits, labels = drawn(4000, sureness=sureness)
    assert fit_temperature(logits, labels) == pytest.approx(sureness, rel=0.1)


@given(st.integers(0, 1000), st.floats(0.05, 20))
def test_no_temperature_is_likelier_than_the_one_fitted(seed: int, other: float) -> None:
    logits, labels = drawn(200, seed, sureness=2.0)
    fitted = log_loss(logits / fit_temperature(logits, labels), labels)
    assert fitted <= log_loss(logits / other, labels) + 0.01  # the expectation's pull


def test_a_temperature_stays_positive_when_every_label_is_wrong() -> None:
    logits = np.tile([5.0, 0.0], (50, 1))
    temperature = fit_temperature(logits, np.ones(50, np.int64))
    assert 1 < temperature < 1e6


def test_a_source_that_knows_nothing_counts_for_nothing() -> None:
    logits, labels = drawn(2000)
    noise = np.random.default_rng(1).normal(size=logits.shape)
    ours, theirs = fit_factors([logits, noise], labels, expected=[1.0, 1.0])
    assert ours == pytest.approx(1, abs=0.1)
    assert theirs < 0.1


def test_calibration_lowers_the_error_and_keeps_every_answer() -> None:
    logits, labels = drawn(3000, sureness=4.0)
    found = calibrate(logits, labels, NAMES)
    assert found.before is not None
    assert found.after is not None
    assert found.before.error > 0.1
    assert found.after.error < 0.03
    assert found.after.accuracy == found.before.accuracy
    np.testing.assert_array_equal(found.probabilities(logits).argmax(1), logits.argmax(1))


def test_too_few_labels_leave_the_model_as_it_is_and_say_so() -> None:
    logits, labels = drawn(12)
    found = calibrate(logits, labels, NAMES)
    assert (found.temperature, found.before, found.after) == (1.0, None, None)
    assert found.note == "Too few labels for a temperature: 12, where 30 are needed."
    assert all("Too few labels" in one.note for one in found.thresholds if one.value is None)


def test_a_calibration_survives_its_json() -> None:
    for n in (12, 400):
        logits, labels = drawn(n)
        found = calibrate(logits, labels, NAMES, wanted_precision=0.9)
        assert Calibration.from_json(found.to_json()) == found


def test_another_format_of_calibration_is_refused() -> None:
    with pytest.raises(ValueError, match="format 2"):
        Calibration.from_json('{"format": 2}')


def test_labels_that_do_not_belong_to_the_scores_are_refused() -> None:
    with pytest.raises(UsageError, match="do not belong"):
        calibrate(np.zeros((3, 2)), np.zeros(4, np.int64), ["a", "b"])


def test_labels_of_one_part_do_not_reach_its_own_temperature() -> None:
    logits, labels = drawn(200, sureness=3.0)
    parts = folds_of(labels, seed=0)
    before = cross_fitted(logits, labels)
    changed = np.where(parts == 2, (labels + 1) % len(NAMES), labels)
    # The parts depend on the labels, so that they are given as groups here.
    groups = [int(part) for part in parts]
    before = cross_fitted(logits, labels, groups)
    after = cross_fitted(logits, changed, groups)
    np.testing.assert_array_equal(before[parts == 2], after[parts == 2])
    assert not np.array_equal(before[parts != 2], after[parts != 2])


def test_whole_groups_are_kept_together_and_classes_are_spread() -> None:
    labels = np.repeat(np.arange(4), 10)
    spread = folds_of(labels)
    for label in range(4):
        assert np.bincount(spread[labels == label], minlength=5).tolist() == [2] * 5
    groups = [f"sender {number % 7}" for number in range(40)]
    together = folds_of(labels, groups)
    assert all(
        len(set(together[[i for i, g in enumerate(groups) if g == group]])) == 1
        for group in set(groups)
    )
    np.testing.assert_array_equal(together, folds_of(labels, groups))


def test_reliability_counts_what_a_person_would_count() -> None:
    sure = np.array([0.9, 0.8, 0.3, 0.2])
    found = reliability(sure, np.array([True, False, True, False]), n_bins=2)
    assert [one.n for one in found.bins] == [2, 2]
    assert [one.accuracy for one in found.bins] == [0.5, 0.5]
    assert found.error == pytest.approx((abs(0.5 - 0.25) + abs(0.5 - 0.85)) / 2)
    assert found.accuracy == 0.5


def test_the_error_of_perfect_probabilities_is_near_the_floor() -> None:
    logits, labels = drawn(3000, seed=3)
    found = top_one_reliability(softmax(logits), labels)
    assert len(found.bins) == 15
    assert {one.n for one in found.bins} == {200}
    assert found.error < 2 * found.floor < 0.1


def test_no_items_and_fewer_items_than_bins_are_no_trouble() -> None:
    empty = top_one_reliability(np.empty((0, 3)), np.empty(0, np.int64))
    assert (empty.n, empty.error, empty.bins) == (0, 0.0, ())
    assert len(reliability(np.array([0.5, 0.6]), np.array([True, True])).bins) == 2


def scores_and_verdicts() -> tuple[np.ndarray, np.ndarray]:
    scores = np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])
    verdicts = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0], bool)
    return scores, verdicts


def test_the_line_has_the_highest_f1() -> None:
    found = fit_threshold("dog", *scores_and_verdicts())
    assert found.value == pytest.approx(0.45)
    assert (found.precision, found.recall) == (pytest.approx(5 / 6), 1.0)


def test_a_wanted_precision_keeps_as_much_as_it_can() -> None:
    found = fit_threshold("dog", *scores_and_verdicts(), wanted_precision=1.0)
    assert found.value == pytest.approx(0.75)
    assert (found.precision, found.recall) == (1.0, pytest.approx(0.6))


def test_a_precision_that_no_line_reaches_is_said_plainly() -> None:
    scores = np.linspace(0, 1, 20)
    verdicts = np.arange(20) < 10
    found = fit_threshold("dog", scores, verdicts, wanted_precision=0.9)
    assert found.value is None
    assert found.note == "No line reaches a precision of 0.9: the best is 0.50."


@given(
    st.lists(st.tuples(st.floats(0, 1, allow_nan=False), st.booleans()), min_size=10, max_size=60)
)
def test_a_line_does_on_its_labels_what_it_says(pairs: list[tuple[float, bool]]) -> None:
    scores = np.array([score for score, _ in pairs])
    verdicts = np.array([verdict for _, verdict in pairs])
    found = fit_threshold("dog", scores, verdicts)
    if found.value is None:
        assert "Too few" in found.note
        return
    given_to = scores >= found.value
    assert found.precision == pytest.approx(verdicts[given_to].mean())
    assert found.recall == pytest.approx(verdicts[given_to].sum() / verdicts.sum())


def test_a_precision_above_one_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be reached"):
        fit_threshold("dog", *scores_and_verdicts(), wanted_precision=1.5)
