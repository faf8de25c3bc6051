"""Photos kept out of training stay out for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from training import splits
from training.photos import Photo, read_photos

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    if not (DATA / "flickr8k.jsonl").is_file():
        pytest.skip(f"no photos under {DATA}")
    return read_photos(DATA)


def test_a_hash_depends_on_the_name_alone() -> None:
    assert splits.unit_hash("flickr8k/1000268201_693b08cb0e.jpg") == pytest.approx(
        splits.unit_hash("flickr8k/1000268201_693b08cb0e.jpg")
    )
    assert 0 <= splits.unit_hash("") < 1


def test_a_thousand_captioned_photos_are_kept_out(photos: list[Photo]) -> None:
    assert sum(photo.is_test for photo in photos if photo.source == "flickr8k") == 1_000


def test_no_photo_of_an_unseen_label_is_trained_on(photos: list[Photo]) -> None:
    trained = {photo.label for photo in photos if not photo.is_test}

    assert not trained & set(splits.CALTECH_UNSEEN_LABELS)


def test_every_set_has_photos_on_both_sides(photos: list[Photo]) -> None:
    sides = {(photo.source, photo.is_test) for photo in photos}

    assert len(sides) == 8
