"""Laws of drawn scenes: reproducible, honest captions, and combinations kept out of training."""

import re

import numpy as np
import pytest

from training.scenes import (
    CATEGORIES,
    COLOURS,
    PATTERNS,
    PLACES,
    THINGS,
    Scene,
    SecondObject,
    combinations,
    draw,
    draw_frame,
    sample_scenes,
)


def one(thing: str, colour: str = "red", pattern: str = "plain", place: str = "studio") -> Scene:
    return Scene(thing, colour, pattern, count=1, place=place, seed=7)


def test_same_arguments_give_the_same_scenes() -> None:
    assert sample_scenes(50, 3, "train") == sample_scenes(50, 3, "train")
    assert sample_scenes(50, 3, "train") != sample_scenes(50, 4, "train")


def test_a_longer_sample_begins_with_the_shorter_one() -> None:
    assert sample_scenes(80, 1, "heldout")[:30] == sample_scenes(30, 1, "heldout")


def test_held_out_combinations_never_occur_in_training_in_any_role() -> None:
    seen = {pair for scene in sample_scenes(5000, 1, "train") for pair in scene.combinations}
    kept = {pair for scene in sample_scenes(2000, 1, "heldout") for pair in scene.combinations}
    assert not seen & kept
    assert kept == set(combinations("heldout"))


def test_about_one_combination_in_eight_is_held_out_and_some_of_every_object() -> None:
    held_out, trained = combinations("heldout"), combinations("train")
    assert len(held_out) + len(trained) == len(THINGS) * len(COLOURS)
    assert 0.11 < len(held_out) / (len(held_out) + len(trained)) < 0.15
    assert {thing for _, thing in held_out} == set(THINGS)
    assert {colour for colour, _ in held_out} == set(COLOURS)


def test_distinct_scenes_share_no_full_caption() -> None:
    captions = [s.captions[0] for s in sample_scenes(1000, 2, "heldout", distinct=True)]
    assert len(set(captions)) == 1000


def test_every_caption_names_the_object_and_the_first_names_everything() -> None:
    for scene in sample_scenes(500, 5, "train"):
        words = THINGS[scene.object]
        name = scene.object if scene.count == 1 else words.plural
        assert all(name in caption for caption in scene.captions)
        first = scene.captions[0]
        for word in (scene.colour, scene.pattern, PLACES[scene.place][0]):
            assert word in first
        if scene.second is not None:
            second = scene.second
            assert f"{scene.second.relation} a" in first
            assert f"{second.colour} {second.object}" in first


def test_captions_name_no_other_colour() -> None:
    for scene in sample_scenes(500, 6, "heldout"):
        named = set(re.findall(r"\w+", " ".join(scene.captions))) & set(COLOURS)
        place_words = set(re.findall(r"\w+", " ".join(PLACES[scene.place])))
        assert named - place_words <= {colour for colour, _ in scene.combinations}


def test_captions_come_in_several_wordings_without_repeats() -> None:
    for scene in sample_scenes(300, 8, "train"):
        captions = scene.captions
        assert 3 <= len(captions) <= 6
        assert len(set(captions)) == len(captions)
        assert captions[0] == scene.full_caption


@pytest.mark.parametrize(
    ("scene", "caption"),
    [
        (
            Scene("balloon", "red", "striped", 3, "beach", seed=0),
            "three striped red balloons on a beach",
        ),
        (
            Scene("owl", "orange", "plain", 1, "night", 0, SecondObject("cup", "blue", "above")),
            "a plain orange owl above a blue cup at night",
        ),
        (Scene("fish", "white", "dotted", 2, "sea", seed=0), "two dotted white fish on the sea"),
    ],
)
def test_full_caption_reads_as_english(scene: Scene, caption: str) -> None:
    assert scene.captions[0] == caption


def test_a_title_leaves_plain_unsaid_and_keeps_the_article_right() -> None:
    assert one("owl", "orange").title == "an orange owl on a plain background"


def test_every_object_belongs_to_a_category_and_every_category_has_objects() -> None:
    assert {one(thing).category for thing in THINGS} == set(CATEGORIES)


def test_a_picture_is_the_same_every_time_and_has_the_size_asked_for() -> None:
    scene = sample_scenes(1, 9, "train")[0]
    first, again = draw(scene), draw(scene)
    assert (first.mode, first.size) == ("RGB", (144, 144))
    assert first.tobytes() == again.tobytes()
    assert draw_frame(scene, (96, 64)).size == (96, 64)


def test_another_seed_draws_the_same_words_differently() -> None:
    scene = Scene("cat", "black", "plain", 1, "room", seed=1)
    other = Scene("cat", "black", "plain", 1, "room", seed=2)
    assert scene.captions[0] == other.captions[0]
    assert draw(scene, 64).tobytes() != draw(other, 64).tobytes()


@pytest.mark.parametrize("thing", THINGS)
def test_colour_and_pattern_show_on_every_object(thing: str) -> None:
    red = np.asarray(draw(one(thing), 64), dtype=np.int16)
    blue = np.asarray(draw(one(thing, colour="blue"), 64), dtype=np.int16)
    redness = ((red[..., 0] - red[..., 2]) > 60).mean()
    blueness = ((blue[..., 2] - blue[..., 0]) > 60).mean()
    assert redness > 0.01
    assert blueness > 0.01
    if THINGS[thing].patterned:
        checked = np.asarray(draw(one(thing, pattern="checked"), 64), dtype=np.int16)
        assert checked.tobytes() != red.tobytes()


@pytest.mark.parametrize("place", PLACES)
def test_every_place_and_pattern_can_be_drawn_at_every_count(place: str) -> None:
    for count, pattern in zip(range(1, 6), (*PATTERNS, "plain"), strict=True):
        picture = draw(Scene("ball", "green", pattern, count, place, seed=count), 48)
        assert picture.size == (48, 48)
