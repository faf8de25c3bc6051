"""From a scene to its picture: the place, where each object stands, the light."""

import math
import random
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, ImageDraw

from training.scenes.paint import Coat, mix_coat
from training.scenes.pen import Pen
from training.scenes.places import draw_place
from training.scenes.scene import Scene
from training.scenes.things import DRAWERS
from training.scenes.words import THINGS

_SUPERSAMPLING = 2
_SPREAD = 0.3


class Spot(NamedTuple):
    """Where an object goes: centre and radius as shares of the picture's width and height."""

    x: float
    y: float
    radius: float


# For each count, centres in the unit square and the largest radius without overlap.
_LAYOUTS: dict[int, tuple[tuple[tuple[tuple[float, float], ...], float], ...]] = {
    1: ((((0.5, 0.56),), 0.36),),
    2: ((((0.27, 0.58), (0.73, 0.58)), 0.235), (((0.3, 0.4), (0.68, 0.68)), 0.23)),
    3: (
        (((0.27, 0.36), (0.73, 0.38), (0.5, 0.74)), 0.2),
        (((0.5, 0.32), (0.26, 0.72), (0.74, 0.72)), 0.2),
        (((0.19, 0.6), (0.5, 0.6), (0.81, 0.6)), 0.155),
    ),
    4: (
        (((0.29, 0.34), (0.71, 0.34), (0.29, 0.76), (0.71, 0.76)), 0.19),
        (((0.2, 0.44), (0.5, 0.3), (0.8, 0.44), (0.5, 0.74)), 0.175),
    ),
    5: (
        (((0.22, 0.34), (0.78, 0.34), (0.5, 0.55), (0.22, 0.78), (0.78, 0.78)), 0.155),
        (((0.2, 0.36), (0.5, 0.36), (0.8, 0.36), (0.34, 0.74), (0.66, 0.74)), 0.15),
    ),
}


def draw(scene: Scene, size: int = 144) -> Image.Image:
    """Draw a scene as an RGB picture of `size` x `size` pixels, the same every time."""
    return draw_frame(scene, (size, size))


def draw_frame(
    scene: Scene, size: tuple[int, int], *, supersampling: int = _SUPERSAMPLING
) -> Image.Image:
    """Draw a scene as an RGB picture of `size`, width and height in pixels."""
    rng = random.Random(f"{scene.seed} {scene.full_caption}")
    large = (size[0] * supersampling, size[1] * supersampling)
    canvas, horizon = draw_place(scene.place, large, rng)
    for stamp in _arrange(scene, rng):
        draw_stamp(canvas, stamp, horizon=horizon, shape=rng, stance=rng)
    light(canvas, rng)
    return canvas.reduce(supersampling)


class Stamp(NamedTuple):
    """One object to draw: what, in which coat and pattern, where."""

    thing: str
    coat: Coat
    pattern: str
    spot: Spot


def _arrange(scene: Scene, rng: random.Random) -> Iterator[Stamp]:
    """Every object with its coat and spot, the farthest first."""
    coat = mix_coat(scene.colour, rng)
    if scene.second is None:
        for spot in _spots(scene.count, rng):
            yield Stamp(scene.object, coat, scene.pattern, spot)
        return
    main, other = _related_spots(scene.second.relation, rng)
    other_coat = mix_coat(scene.second.colour, rng)
    yield Stamp(scene.second.object, other_coat, "plain", other)
    yield Stamp(scene.object, coat, scene.pattern, main)


def _spots(count: int, rng: random.Random) -> list[Spot]:
    centres, radius = rng.choice(_LAYOUTS[count])
    room = 0.09 if count == 1 else 0.025
    largest = radius * (rng.uniform(0.68, 1.12) if count == 1 else rng.uniform(0.85, 1.02))
    mirrored = rng.random() < 0.5
    spots = []
    for x, y in sorted(centres, key=lambda c: c[1]):
        x = 1 - x if mirrored else x
        spots.append(
            Spot(
                x + rng.uniform(-room, room),
                y + rng.uniform(-room, room),
                largest * rng.uniform(0.9, 1.0),
            )
        )
    return spots


def _related_spots(relation: str, rng: random.Random) -> tuple[Spot, Spot]:
    """Spots of the main and the second object."""
    wobble = rng.uniform(-0.04, 0.04)
    side = rng.choice((-1, 1))
    if relation == "next to":
        y = 0.58 + wobble
        return (
            Spot(0.5 + side * 0.24, y, rng.uniform(0.23, 0.26)),
            Spot(0.5 - side * 0.26, y + 0.03, rng.uniform(0.19, 0.22)),
        )
    if relation == "in front of":
        return (
            Spot(0.5 + side * 0.1 + wobble, 0.68, rng.uniform(0.25, 0.28)),
            Spot(0.5 - side * 0.14 + wobble, 0.36, rng.uniform(0.24, 0.28)),
        )
    high = Spot(0.5 + wobble * 2, 0.27, 0.22 + wobble / 4)
    low = Spot(0.5 - wobble, 0.74, 0.22 - wobble / 4)
    return (high, low) if relation == "above" else (low, high)


def draw_stamp(
    canvas: Image.Image,
    stamp: Stamp,
    *,
    horizon: int,
    shape: random.Random,
    stance: random.Random,
) -> None:
    """Draw one object onto a canvas.

    Args:
        horizon: the row below which there is ground to throw a shadow on, in pixels.
        shape: fixes the object itself, its proportions and the lie of its pattern.
        stance: fixes how it is seen, turned and mirrored.
    """
    width, height = canvas.size
    # A wide or tall frame spreads the layout a little; its middle square still shows it all.
    unit = min(width, height)
    x = width / 2 + (stamp.spot.x - 0.5) * (unit + (width - unit) * _SPREAD)
    y = height / 2 + (stamp.spot.y - 0.5) * (unit + (height - unit) * _SPREAD)
    radius = stamp.spot.radius * unit
    floats = THINGS[stamp.thing].floats
    foot = y + radius * 0.93
    if not floats and foot > horizon:
        pencil = ImageDraw.Draw(canvas, "RGBA")
        pencil.ellipse(
            (x - radius * 0.9, foot - radius * 0.1, x + radius * 0.9, foot + radius * 0.14),
            (20, 16, 40, 70),
        )
    pen = Pen(
        canvas,
        x=x,
        y=y,
        radius=radius,
        coat=stamp.coat,
        pattern=stamp.pattern,
        rng=shape,
        tilt=stance.gauss(0, 0.14) if floats else stance.gauss(0, 0.035),
        flip=stance.random() < 0.5,
        line_width=max(2, round(unit / 150)),
    )
    DRAWERS[stamp.thing](pen)
    pen.finish()


def light(canvas: Image.Image, rng: random.Random) -> None:
    """Brighten one side and darken the other, as the light falls."""
    strength = rng.randint(0, 26)
    if strength < 4:
        return
    width, height = canvas.size
    angle = rng.uniform(0, 2 * math.pi)
    ramp = Image.new("L", (2, 2))
    for i, (dx, dy) in enumerate(((-1, -1), (1, -1), (-1, 1), (1, 1))):
        level = (math.cos(angle) * dx + math.sin(angle) * dy) / 1.5
        ramp.putpixel((i % 2, i // 2), round(max(0.0, level) * strength * 2))
    shade = ramp.resize((width, height), Image.Resampling.BILINEAR)
    canvas.paste((16, 12, 36), (0, 0), shade)
