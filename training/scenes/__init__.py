"""Scenes that code draws: objects x colours x patterns x counts x places, with captions.

`sample_scenes` draws lots, `draw` makes the picture, `Scene.captions` says what it shows. Each
object keeps one or two colours out of the split "train"; the split "heldout" shows only those.
"""

from training.scenes.compose import draw, draw_frame
from training.scenes.sampling import combinations, is_held_out, sample_scenes
from training.scenes.scene import Scene, SecondObject
from training.scenes.words import CATEGORIES, COLOURS, PATTERNS, PLACES, THINGS

__all__ = [
    "CATEGORIES",
    "COLOURS",
    "PATTERNS",
    "PLACES",
    "THINGS",
    "Scene",
    "SecondObject",
    "combinations",
    "draw",
    "draw_frame",
    "is_held_out",
    "sample_scenes",
]
