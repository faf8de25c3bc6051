"""Drawing lots for scenes, with combinations of colour and object held out of training."""

import hashlib
import random
from functools import cache
from typing import Literal

from training.scenes.scene import Scene, SecondObject
from training.scenes.words import COLOURS, PATTERNS, PLACES, RELATIONS, THINGS

Split = Literal["train", "heldout"]

_SECOND_OBJECT_SHARE = 0.25
_PLAIN_SHARE = 0.4
_COUNT_WEIGHTS = (8, 2, 2, 2, 2)


def is_held_out(colour: str, thing: str) -> bool:
    """Whether training never shows this object in this colour.

    Each object keeps one colour out, every second object (by hash) two: an eighth of all.
    """
    by_hash = sorted(COLOURS, key=lambda c: _digest(f"{c} {thing}"))
    n_held_out = 1 + _digest(thing) % 2
    return colour in by_hash[:n_held_out]


@cache
def combinations(split: Split) -> tuple[tuple[str, str], ...]:
    """All (colour, object) pairs of a split, in a fixed order; the two splits share none."""
    return tuple(
        (colour, thing)
        for thing in THINGS
        for colour in COLOURS
        if is_held_out(colour, thing) == (split == "heldout")
    )


def sample_scenes(n: int, seed: int, split: Split, *, distinct: bool = False) -> list[Scene]:
    """Draw `n` scenes of a split; the same arguments always give the same scenes.

    Args:
        distinct: no two of the scenes share their full caption.
    """
    rng = random.Random(f"{split} {seed}")
    scenes: list[Scene] = []
    seen: set[str] = set()
    while len(scenes) < n:
        scene = _sample_scene(rng, split)
        if distinct:
            if scene.full_caption in seen:
                continue
            seen.add(scene.full_caption)
        scenes.append(scene)
    return scenes


def _sample_scene(rng: random.Random, split: Split) -> Scene:
    colour, thing = _pick(rng, split)
    pattern = "plain"
    if THINGS[thing].patterned and rng.random() > _PLAIN_SHARE:
        pattern = rng.choice(PATTERNS[1:])
    count = rng.choices(range(1, 6), weights=_COUNT_WEIGHTS)[0]
    second = None
    if count == 1 and rng.random() < 2 * _SECOND_OBJECT_SHARE:
        second = _sample_second(rng, split, thing)
    return Scene(
        object=thing,
        colour=colour,
        pattern=pattern,
        count=count,
        place=rng.choice(tuple(PLACES)),
        seed=rng.getrandbits(32),
        second=second,
    )


def _sample_second(rng: random.Random, split: Split, main: str) -> SecondObject:
    while True:
        colour, thing = _pick(rng, split)
        if thing != main:
            return SecondObject(thing, colour, rng.choice(tuple(RELATIONS)))


def _pick(rng: random.Random, split: Split) -> tuple[str, str]:
    # Object first, so that an object with two colours held out is not seen twice as often.
    thing = rng.choice(tuple(THINGS))
    return rng.choice(_by_object(split)[thing]), thing


@cache
def _by_object(split: Split) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {thing: [] for thing in THINGS}
    for colour, thing in combinations(split):
        found[thing].append(colour)
    return found


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
