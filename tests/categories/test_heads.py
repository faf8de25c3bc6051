"""Heads that learn from labels, in the light of what the model says by itself."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from search.categories.heads import fit_head
from search.categories.linear_head import HeadReport, LinearHead
from search.categories.ridge import PENALTIES, Sums
from search.errors import UsageError

DIM, N_CLASSES = 32, 6
CLASSES = [f"class {number}" for number in range(N_CLASSES)]

Scene = tuple[np.ndarray, np.ndarray, np.ndarray]


def pictures(n_each: int, seed: int = 0) -> Scene:
    """Embeddings in a common cone, labels, and zero-shot logits that are right half the time."""
    world = np.random.default_rng(7)
    cone, centres = world.normal(size=DIM), world.normal(size=(N_CLASSES, DIM))
    prompts = centres + world.normal(scale=1.2, size=centres.shape)
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(N_CLASSES), n_each)
    rows = 2 * cone + centres[labels] + rng.normal(scale=1.3, size=(len(labels), DIM))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    prompts /= np.linalg.norm(prompts, axis=1, keepdims=True)
    return rows.astype(np.float32), labels, 12 * rows @ prompts.T


def fitted(*arguments: Any) -> tuple[LinearHead, HeadReport]:
    found = fit_head(*arguments)
    return found.head, found.report


def accuracy_after(n_each: int, test: Scene) -> float:
    """Mean over some draws of the labels; 0 labels is zero-shot."""
    rows, labels, zero_shot = test
    if not n_each:
        return float((zero_shot.argmax(1) == labels).mean())
    found = []
    for seed in range(1, 6):
        head, _ = fitted(*pictures(n_each, seed), CLASSES)
        found.append((head.logits(rows, zero_shot).argmax(1) == labels).mean())
    return float(np.mean(found))


def test_more_labels_never_make_it_worse() -> None:
    test = pictures(200, seed=99)
    zero, one, four, sixteen = (accuracy_after(n, test) for n in (0, 1, 4, 16))
    assert zero < one < four < sixteen


def test_the_report_tells_what_unseen_pictures_will_show() -> None:
    head, report = fitted(*pictures(40), CLASSES)
    rows, labels, zero_shot = pictures(200, seed=99)
    assert report.accuracy == pytest.approx(
        (head.logits(rows, zero_shot).argmax(1) == labels).mean(), abs=0.07
    )
    assert report.zero_shot_accuracy == pytest.approx(
        (zero_shot.argmax(1) == labels).mean(), abs=0.07
    )
    assert report.loss is not None
    assert report.zero_shot_loss is not None
    assert report.loss < report.zero_shot_loss
    assert report.is_better


def test_labels_drawn_by_lot_leave_the_zero_shot_guesses() -> None:
    rows, labels, zero_shot = pictures(40)
    shuffled = np.random.default_rng(0).permutation(labels)
    _, report = fitted(rows, shuffled, np.zeros_like(zero_shot), CLASSES)
    assert report.accuracy is not None
    assert report.accuracy < 0.3  # one in six is chance: kept-out labels do not leak


def test_a_class_without_labels_keeps_its_place() -> None:
    rows, labels, zero_shot = pictures(10)
    some = labels < N_CLASSES - 1
    head, report = fitted(rows[some], labels[some], zero_shot[some], CLASSES)
    assert report.n_classes == N_CLASSES - 1
    assert not head.ridge.weights[:, -1].any()
    found = head.logits(rows, zero_shot)
    np.testing.assert_allclose(found[:, -1], head.zero_shot_factor * zero_shot[:, -1])


def test_one_label_a_class_is_used_and_said_to_be_unchecked() -> None:
    _, report = fitted(*pictures(1), CLASSES)
    assert report.n_checked == 0
    assert report.accuracy is None
    assert not report.is_better
    assert "Too few labels" in report.note


def test_two_classes_make_a_binary_head() -> None:
    rows, labels, _ = pictures(30)
    is_low = (labels < N_CLASSES // 2).astype(np.int64)
    head, report = fitted(rows, is_low, np.zeros((len(rows), 2)), ["not", "low"])
    assert report.accuracy is not None
    assert report.accuracy > 0.7
    assert head.probabilities(rows, np.zeros((len(rows), 2))).shape == (len(rows), 2)


def test_the_same_labels_give_the_same_bytes_and_bytes_give_the_same_head() -> None:
    scene = pictures(5)
    head, report = fitted(*scene, CLASSES)
    again, _ = fitted(*scene, CLASSES)
    assert head.to_bytes() == again.to_bytes()
    read = LinearHead.from_bytes(head.to_bytes())
    assert read.classes == tuple(CLASSES)
    np.testing.assert_array_equal(
        read.probabilities(scene[0], scene[2]), head.probabilities(scene[0], scene[2])
    )
    assert HeadReport.from_json(report.to_json()) == report


@pytest.mark.parametrize("damage", [b"", b"PK", b"not a head at all"])
def test_bytes_that_are_no_head_are_refused(damage: bytes) -> None:
    with pytest.raises(ValueError, match="linear head"):
        LinearHead.from_bytes(damage)


def test_a_head_that_is_cut_off_is_refused() -> None:
    head, _ = fitted(*pictures(5), CLASSES)
    with pytest.raises(ValueError, match="linear head"):
        LinearHead.from_bytes(head.to_bytes()[:-200])


def test_labels_of_one_class_teach_nothing() -> None:
    rows, _, zero_shot = pictures(5)
    with pytest.raises(UsageError, match="fewer than two classes"):
        fit_head(rows, np.zeros(len(rows), np.int64), zero_shot, CLASSES)


def test_what_was_passed_in_stays_as_it_was() -> None:
    scene = pictures(5)
    before = [part.copy() for part in scene]
    fit_head(*scene, CLASSES)
    for part, kept in zip(scene, before, strict=True):
        np.testing.assert_array_equal(part, kept)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_the_closed_form_is_scikit_learns_ridge(penalty: float) -> None:
    from sklearn.linear_model import Ridge

    rows, labels, _ = pictures(20)
    parts = np.arange(len(rows)) % 5
    sums = Sums(rows, np.eye(N_CLASSES, dtype=bool)[labels], parts, 5)
    centred = rows - rows.mean(axis=0)
    unit = float(np.square(centred).sum(axis=1).mean())
    theirs = Ridge(alpha=penalty * unit).fit(centred, np.eye(N_CLASSES)[labels])
    np.testing.assert_allclose(sums.ridge(penalty).weights.T, theirs.coef_, atol=1e-4)
    out = parts == 3
    truth = np.eye(N_CLASSES)[labels]
    levelled = truth[~out] * truth.mean(axis=0) / truth[~out].mean(axis=0)
    theirs = Ridge(alpha=penalty * unit, fit_intercept=False).fit(
        centred[~out], levelled - truth.mean(axis=0)
    )
    np.testing.assert_allclose(
        sums.kept_out_scores(penalty)[out], theirs.predict(centred[out]), atol=1e-4
    )


@pytest.mark.slow
def test_ten_thousand_labels_take_about_a_second_of_one_processor() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((10_000, 512)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    labels = rng.integers(0, 50, len(rows))
    began = time.process_time()
    fit_head(rows, labels, rows[:, :50], [str(number) for number in range(50)])
    assert time.process_time() - began < 10  # 0.6 s on an idle machine; see the benchmark
