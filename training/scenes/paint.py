"""Colours as they are named, coats of paint in them, and the patterns a coat may wear."""

import colorsys
import math
import random
from typing import NamedTuple

from PIL import Image, ImageDraw

Rgb = tuple[int, int, int]

# hue (degrees), saturation, value: the middle of each colour, and how far it may stray.
_HSV: dict[str, tuple[float, float, float, float, float, float]] = {
    "red": (357, 0.86, 0.84, 5, 0.08, 0.10),
    "orange": (27, 0.92, 0.97, 4, 0.07, 0.03),
    "yellow": (51, 0.84, 0.98, 4, 0.10, 0.02),
    "green": (125, 0.66, 0.62, 14, 0.12, 0.12),
    "turquoise": (176, 0.68, 0.80, 5, 0.12, 0.08),
    "blue": (219, 0.78, 0.82, 8, 0.12, 0.12),
    "purple": (276, 0.62, 0.66, 8, 0.10, 0.10),
    "pink": (334, 0.42, 0.98, 8, 0.10, 0.02),
    "brown": (23, 0.62, 0.46, 5, 0.08, 0.08),
    "black": (230, 0.10, 0.14, 20, 0.06, 0.04),
    "grey": (215, 0.04, 0.58, 20, 0.03, 0.08),
    "white": (45, 0.03, 0.97, 20, 0.02, 0.02),
}


class Ink(NamedTuple):
    """A colour to fill a shape with, and whether the object's pattern covers it."""

    rgb: Rgb
    patterned: bool = False
    outlined: bool = False


class Coat(NamedTuple):
    """An object's paint: its colour, darker and lighter parts, outline, and pattern's colour."""

    base: Ink
    shade: Ink
    tint: Ink
    outline: Rgb
    accent: Rgb


DARK = Ink((44, 40, 46))
WHITE = Ink((250, 248, 244))
CREAM = Ink((244, 230, 204))
WOOD = Ink((150, 104, 66))
STEEL = Ink((158, 166, 176))
LEAF = Ink((78, 140, 70))
GLASS = Ink((190, 222, 238))
GOLD = Ink((236, 190, 76))
ROSE = Ink((232, 132, 140))
FLAME = Ink((250, 160, 50))


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """The colour `share` of the way from `a` to `b`."""
    r, g, bl = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, bl


def shade_of(colour: str, rng: random.Random) -> Rgb:
    """A shade that a person would call `colour`."""
    hue, sat, val, d_hue, d_sat, d_val = _HSV[colour]
    h = (hue + rng.uniform(-d_hue, d_hue)) % 360 / 360
    s = min(1.0, max(0.0, sat + rng.uniform(-d_sat, d_sat)))
    v = min(1.0, val + rng.uniform(-d_val, d_val))
    r, g, b = (round(255 * c) for c in colorsys.hsv_to_rgb(h, s, v))
    return r, g, b


def mix_coat(colour: str, rng: random.Random) -> Coat:
    """A coat of paint in `colour`, its pattern in white or a deeper tone of the colour."""
    base = shade_of(colour, rng)
    black, white = (22, 20, 28), (255, 255, 255)
    if colour == "black":
        outline, accent = (112, 112, 124), rng.choice([(236, 234, 230), (150, 150, 156)])
    elif colour in ("white", "yellow"):
        outline = mix(base, black, 0.55)
        accent = mix(base, black, rng.uniform(0.5, 0.65)) if colour == "white" else white
        if colour == "yellow" and rng.random() < 0.5:
            accent = mix(base, black, 0.45)
    else:
        outline = mix(base, black, 0.55)
        accent = (252, 248, 240) if rng.random() < 0.65 else mix(base, black, 0.5)
    return Coat(
        base=Ink(base, patterned=True, outlined=True),
        shade=Ink(mix(base, black, 0.28), outlined=True),
        tint=Ink(mix(base, white, 0.5), outlined=False),
        outline=outline,
        accent=accent,
    )


def draw_pattern(
    pattern: str, size: tuple[int, int], spacing: float, rng: random.Random
) -> Image.Image:
    """Where the accent colour goes: an "L" picture, 255 on stripes, dots or checks.

    Args:
        spacing: pixels from one stripe, dot or check to the next.
    """
    image = Image.new("L", size)
    pencil = ImageDraw.Draw(image)
    if pattern == "striped":
        _draw_stripes(pencil, size, spacing, rng)
    elif pattern == "dotted":
        _draw_dots(pencil, size, spacing, rng)
    elif pattern == "checked":
        _draw_checks(pencil, size, spacing, rng)
    return image


def _draw_stripes(
    pencil: ImageDraw.ImageDraw, size: tuple[int, int], spacing: float, rng: random.Random
) -> None:
    angle = rng.choice((0.0, 0.0, math.pi / 2, math.pi / 4, -math.pi / 4)) + rng.uniform(-0.2, 0.2)
    width = round(spacing * rng.uniform(0.36, 0.48))
    reach = float(max(size))
    dx, dy = math.cos(angle), math.sin(angle)
    cx, cy = size[0] / 2, size[1] / 2
    offset = -reach + rng.random() * spacing
    while offset < reach:
        x, y = cx - dy * offset, cy + dx * offset
        pencil.line((x - dx * reach, y - dy * reach, x + dx * reach, y + dy * reach), 255, width)
        offset += spacing


def _draw_dots(
    pencil: ImageDraw.ImageDraw, size: tuple[int, int], spacing: float, rng: random.Random
) -> None:
    radius = spacing * rng.uniform(0.26, 0.32)
    top, left = -rng.random() * spacing, -rng.random() * spacing
    for row in range(int(size[1] / spacing / 0.87) + 3):
        y = top + row * spacing * 0.87
        for column in range(int(size[0] / spacing) + 3):
            x = left + (column + row % 2 / 2) * spacing
            pencil.ellipse((x - radius, y - radius, x + radius, y + radius), 255)


def _draw_checks(
    pencil: ImageDraw.ImageDraw, size: tuple[int, int], spacing: float, rng: random.Random
) -> None:
    side = spacing * 0.62
    top, left = -rng.random() * side, -rng.random() * side
    for row in range(int(size[1] / side) + 2):
        y = top + row * side
        for column in range(row % 2, int(size[0] / side) + 2, 2):
            x = left + column * side
            pencil.rectangle((x, y, x + side - 1, y + side - 1), 255)
