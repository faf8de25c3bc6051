"""What drawn scenes show, as numbers to learn from."""

from __future__ import annotations

import numpy as np

from training.scenery import scene_attributes, scene_categories
from training.scenes import CATEGORIES, THINGS, sample_scenes


def test_kinds_are_those_of_everything_that_is_shown() -> None:
    scenes = sample_scenes(300, 5, "train")
    kinds = scene_categories(scene_attributes(scenes))
    np.testing.assert_allclose(kinds.sum(1), 1.0)
    for scene, row in zip(scenes, kinds, strict=True):
        shown = {scene.category}
        if scene.second:
            shown.add(THINGS[scene.second.object].category)
        assert {CATEGORIES[place] for place in np.flatnonzero(row)} == shown
    assert any(scene.second for scene in scenes)
