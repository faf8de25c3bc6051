"""What people decided is learnt from, over a real database: heads, lines, and both taken back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from search.categories.assigning import Assigning
from search.categories.learning import Learning
from search.categories.learnt import learnt
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy_file import read_taxonomy
from search.domain.arrays import FloatMatrix
from search.domain.category import Verdict
from search.errors import NotFoundError, UsageError
from tests.catalogue.pictures import SPACE, Shelf
from tests.catalogue.test_taxonomies import decide, keep, paths

COLOURS = ("red", "green", "blue")
SINGLE = read_taxonomy("taxonomy: colours\nthreshold: 0.4\ncategories: [red, green, blue]")
MULTI = read_taxonomy("taxonomy: mine\nmode: multi\ncategories: [garden]")
TREE = read_taxonomy("taxonomy: tree\ncategories: [warm: {children: [red, green]}, blue]")
N_EACH = 24


class Confused:
    """A model that takes each colour for the next one, and knows nothing of other words."""

    space = SPACE
    logit_scale = 10.0
    logit_bias = None

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        words = [text.removeprefix("a photo of a ").removesuffix(".") for text in texts]
        return np.stack([self._of(word) for word in words])

    def _of(self, word: str) -> FloatMatrix:
        axis = (COLOURS.index(word) + 1) % 3 if word in COLOURS else SPACE.dim - 1
        return np.eye(SPACE.dim, dtype=np.float32)[axis]


def coloured(number: int, seed: int) -> np.ndarray:
    """Half-precision, near the axis of its colour."""
    drawn = np.random.default_rng(seed).normal(scale=0.25, size=SPACE.dim)
    drawn[number] += 1
    return (drawn / np.linalg.norm(drawn)).astype(np.float16)


@pytest.fixture
def items(shelf: Shelf) -> dict[int, str]:
    """Photos and their colours."""
    made = {}
    for number, colour in enumerate(COLOURS):
        for n in range(N_EACH):
            name = f"{colour}{n}"
            vector = coloured(number, 100 * number + n)
            made[shelf.photo(f"{name}.jpg", name, vector=vector)] = colour
    return made


@pytest.fixture
def learning(shelf: Shelf) -> Learning:
    return Learning(shelf.catalogue, shelf.gallery.id, SPACE, Confused)  # type: ignore[arg-type]


def assign(shelf: Shelf, stored: StoredTaxonomy) -> None:
    Assigning(shelf.catalogue, shelf.gallery.id, SPACE, Confused).assign(stored)  # type: ignore[arg-type]


def share_right(shelf: Shelf, items: dict[int, str], prefix: str = "") -> float:
    return float(np.mean([paths(shelf, item) == [prefix + c] for item, c in items.items()]))


def label(shelf: Shelf, stored: StoredTaxonomy, items: dict[int, str], n_each: int) -> list[int]:
    """Accept the right colour for the first items of each; returns the others."""
    left: dict[str, list[int]] = {colour: [] for colour in COLOURS}
    for item, colour in items.items():
        left[colour].append(item)
    for colour, mine in left.items():
        for item in mine[:n_each]:
            decide(shelf, stored, item, colour, Verdict.ACCEPT)
    return [item for mine in left.values() for item in mine[n_each:]]


def test_a_head_is_tried_then_used_then_taken_back(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, SINGLE)
    assign(shelf, stored)
    assert share_right(shelf, items) < 0.1
    unseen = {item: items[item] for item in label(shelf, stored, items, 8)}
    lesson = learning.teach(stored)
    assert lesson.report.zero_shot_accuracy is not None
    assert lesson.report.accuracy is not None
    assert lesson.report.zero_shot_accuracy < 0.2 < 0.8 < lesson.report.accuracy
    assign(shelf, stored)
    assert share_right(shelf, unseen) < 0.1  # It was only looked at.
    learning.keep(stored, lesson)
    assign(shelf, stored)
    assert share_right(shelf, unseen) > 0.8
    learning.undo_head(stored)
    assign(shelf, stored)
    assert share_right(shelf, unseen) < 0.1
    with pytest.raises(NotFoundError, match="no head"):
        learning.undo_head(stored)


def test_a_head_goes_on_with_a_new_version(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, SINGLE)
    unseen = {item: items[item] for item in label(shelf, stored, items, 8)}
    learning.keep(stored, learning.teach(stored))
    newer = keep(
        shelf,
        read_taxonomy("taxonomy: colours\nthreshold: 0.3\ncategories: [grey, blue, green, red]"),
    )
    assign(shelf, newer)
    assert share_right(shelf, unseen) > 0.8


def test_one_category_is_learnt_from_a_dozen_examples(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, MULTI)
    green = [item for item, colour in items.items() if colour == "green"]
    for item in green[:12]:
        decide(shelf, stored, item, "garden", Verdict.ACCEPT)
    lesson = learning.teach(stored)
    assert lesson.report.measure == "average_precision"
    assert lesson.report.is_better  # Half of what counts as wrong is green, too.
    learning.keep(stored, lesson)
    assign(shelf, stored)
    found = {item for item in items if paths(shelf, item) == ["garden"]}
    others = [item for item, colour in items.items() if colour != "green"]
    assert len(found & set(green[12:])) >= 8
    assert len(found & set(others)) <= 2
    learning.undo_head(stored)
    with shelf.catalogue.reading() as snapshot:
        known = learnt(snapshot, stored, SPACE)
    assert known.head is None
    assert known.calibration is None


def test_calibration_makes_the_model_less_sure_where_it_errs(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, SINGLE)
    unseen = label(shelf, stored, items, 12)
    found = learning.calibrate(stored)
    assert found.temperature > 3
    assert found.before is not None
    assert found.after is not None
    assert found.after.error < found.before.error
    learning.keep_calibration(stored, found)
    assign(shelf, stored)
    with shelf.catalogue.reading() as snapshot:
        guesses = snapshot.item_guesses(shelf.gallery.id, [unseen[0]])[unseen[0]]
    assert max(one.probability or 0 for one in guesses) < 0.6
    learning.undo_calibration(stored)
    with shelf.catalogue.reading() as snapshot:
        assert learnt(snapshot, stored, SPACE).fitted_calibration() is None


def test_lines_follow_a_new_head_and_go_with_it(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, SINGLE)
    label(shelf, stored, items, 12)
    learning.keep_calibration(stored, learning.calibrate(stored, wanted_precision=0.9))
    with shelf.catalogue.reading() as snapshot:
        plain = learnt(snapshot, stored, SPACE).fitted_calibration()
    learning.keep(stored, learning.teach(stored))
    with shelf.catalogue.reading() as snapshot:
        taught = learnt(snapshot, stored, SPACE).fitted_calibration()
    assert plain is not None
    assert taught is not None
    assert (taught.head != "", taught.wanted_precision) == (True, 0.9)
    assert taught.temperature < plain.temperature
    assert taught == learning.calibrate(stored, wanted_precision=0.9)
    learning.undo_head(stored)
    with shelf.catalogue.reading() as snapshot:
        assert learnt(snapshot, stored, SPACE).fitted_calibration() == plain


def test_rejections_draw_lines_for_groups_and_classes(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, TREE)
    accepted = [item for item, colour in items.items() if colour != "blue"]
    for item in accepted[:12] + accepted[-12:]:
        decide(shelf, stored, item, f"warm/{items[item]}", Verdict.ACCEPT)
    blue = [item for item, colour in items.items() if colour == "blue"]
    for item in blue[:10]:
        decide(shelf, stored, item, "warm", Verdict.REJECT)
    lines = {one.category: one for one in learning.calibrate(stored).thresholds}
    assert (lines["warm"].n_positive, lines["warm"].n_negative) == (24, 10)
    assert (lines["warm/red"].n_positive, lines["warm/red"].n_negative) == (12, 22)
    assert lines["warm"].value is not None


def test_yes_and_no_calibrate_a_taxonomy_of_many(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, MULTI)
    for item, colour in items.items():
        verdict = Verdict.ACCEPT if colour == "green" else Verdict.REJECT
        decide(shelf, stored, item, "garden", verdict)
    found = learning.calibrate(stored)
    assert found.before is not None
    assert found.after is not None
    assert abs(found.after.confidence - 1 / 3) < 0.05 < abs(found.before.confidence - 1 / 3)
    learning.keep(stored, learning.teach(stored))
    taught = learning.calibrate(stored)
    assert taught.head
    assert taught.thresholds[0].f1 > 0.9


def test_without_decisions_there_is_nothing_to_learn(
    shelf: Shelf, items: dict[int, str], learning: Learning
) -> None:
    stored = keep(shelf, SINGLE)
    with pytest.raises(UsageError, match="Nobody has accepted or rejected"):
        learning.calibrate(stored)
    decide(shelf, stored, next(iter(items)), "red", Verdict.ACCEPT)
    found = learning.calibrate(stored)
    assert (found.temperature, found.n_labels) == (1.0, 1)
    assert "Too few labels" in found.note
    with pytest.raises(UsageError, match="fewer than two classes"):
        learning.teach(stored)
