"""The fit of the constants finds what is there to be found."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.relevance.fitting import balanced, fitted, relevance_of
from benchmarks.relevance.standing import Standing
from benchmarks.relevance.tables import area, calibration_error
from search.relevance.constants import (
    Constants,
    ModelConstants,
    as_json,
    constants_of,
)
from search.relevance.scale import crowding


def _drawn(truth: Constants, n: int = 20_000) -> tuple[Standing, np.ndarray]:
    """Standings at three sizes, and answers as the constants say."""
    rng = np.random.default_rng(1)
    near, everywhere = rng.normal(0, 0.1, n), np.zeros(n)
    sizes = rng.choice([100, 1_000, 10_000], n)
    crowd = np.array([crowding(size) for size in sizes.tolist()])
    standing = Standing(rng.normal(0.4, 0.15, n), near, everywhere, np.full(n, 0.1), crowd)
    return standing, rng.random(n) < relevance_of(standing, truth)


def test_constants_that_made_the_answers_are_found_again() -> None:
    standing, answered = _drawn(Constants(near=1.0, slope=1.5, crowd=1.0, offset=-2.0))
    found = fitted(standing, answered, np.full(len(answered), "one"))
    assert found.near == 1.0
    assert found.slope == pytest.approx(1.5, rel=0.1)
    assert found.crowd == pytest.approx(1.0, rel=0.2)
    own = relevance_of(standing, found)
    assert calibration_error(own, answered, np.full(len(answered), "one")) < 0.03
    assert area(own[answered], own[~answered]) > 0.8


def test_a_crowd_never_counts_as_evidence() -> None:
    standing, answered = _drawn(Constants(near=0.0, slope=1.5, crowd=-1.0, offset=-9.0))
    assert fitted(standing, answered, np.full(len(answered), "one")).crowd == 0.0


def test_found_and_not_found_weigh_alike_whatever_their_number() -> None:
    answered = np.array([True, False, False, False])
    weights = balanced(answered, np.array(["a", "b", "c", "c"]))
    assert weights.tolist() == [2.0, 1.0, 0.5, 0.5]


def test_area_counts_ties_half() -> None:
    assert area(np.array([1.0, 2.0]), np.array([0.0, 1.0])) == pytest.approx(0.875)


def test_constants_are_written_as_they_are_read() -> None:
    assert '"near"' in as_json({"tiny": constants_of("tiny")}, "a test")
    own = ModelConstants(Constants(1.0, 1.0, 0.0, 0.0), Constants(0.0, 3.0, 1.0, -1.0))
    assert own.of(0.5) == Constants(0.5, 2.0, 0.5, -0.5)
