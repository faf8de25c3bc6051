"""The places that scenes happen in: backgrounds drawn behind the objects."""

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from training.scenes.paint import Rgb, mix

Painter = Callable[[Image.Image, ImageDraw.ImageDraw, random.Random, int], None]


def draw_place(place: str, size: tuple[int, int], rng: random.Random) -> tuple[Image.Image, int]:
    """Paint a place; returns the picture and the row of its horizon, in pixels."""
    sky, ground = _COLOURS[place]
    horizon = round(size[1] * rng.uniform(0.44, 0.6))
    if place == "room":
        horizon = round(size[1] * rng.uniform(0.62, 0.7))
    shift = rng.uniform(-14, 14)
    canvas = _two_gradients(size, horizon, sky, ground, shift)
    _PAINTERS[place](canvas, ImageDraw.Draw(canvas), rng, horizon)
    return canvas, horizon


def _two_gradients(
    size: tuple[int, int],
    horizon: int,
    sky: tuple[Rgb, Rgb],
    ground: tuple[Rgb, Rgb],
    shift: float,
) -> Image.Image:
    width, height = size
    rows = np.empty((height, 1, 3))
    for part, n, start in ((sky, horizon, 0), (ground, height - horizon, horizon)):
        share = np.linspace(0, 1, n)[:, None, None]
        rows[start : start + n] = np.array(part[0]) * (1 - share) + np.array(part[1]) * share
    column = np.clip(rows + shift, 0, 255).astype(np.uint8)
    return Image.fromarray(column).resize((width, height), Image.Resampling.NEAREST)


def _clouds(pencil: ImageDraw.ImageDraw, rng: random.Random, w: int, bottom: int) -> None:
    for _ in range(rng.randint(0, 3)):
        x, y = rng.uniform(0, w), rng.uniform(0, bottom * 0.6)
        r = w * rng.uniform(0.03, 0.06)
        white = rng.randint(232, 252)
        for dx, size in ((-1.3, 0.7), (0.0, 1.1), (1.2, 0.8)):
            box = (x + (dx - size) * r, y - size * r, x + (dx + size) * r, y + size * r * 0.8)
            pencil.ellipse(box, (white, white, white))


def _ridge(
    pencil: ImageDraw.ImageDraw,
    rng: random.Random,
    base: int,
    heights: tuple[float, float],
    width: int,
    colour: Rgb,
) -> None:
    """A line of soft hills standing on row `base`, `heights` in pixels."""
    phase, n_waves = rng.uniform(0, 6), rng.uniform(1.0, 2.6)
    xs = np.linspace(0, width, 28)
    swing = 0.5 + 0.35 * np.sin(phase + xs / width * n_waves * 2 * math.pi)
    swing += 0.15 * np.sin(phase * 3 + xs / width * n_waves * 5 * math.pi)
    tops = base - (heights[0] + (heights[1] - heights[0]) * swing)
    outline = [(0.0, float(base)), *zip(xs.tolist(), tops.tolist(), strict=True)]
    pencil.polygon([*outline, (float(width), float(base))], colour)


def _beach(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    _clouds(pencil, rng, w, h)
    sea = rng.choice(((58, 148, 190), (66, 168, 188), (44, 126, 180)))
    pencil.rectangle((0, h - height * 0.14, w, h), sea)
    edge = [(x, h + height * 0.012 * math.sin(x / w * 14 + h)) for x in range(0, w + 8, 8)]
    pencil.polygon([(0, h - height * 0.02), (w, h - height * 0.02), *reversed(edge)], sea)
    pencil.line(edge, (246, 250, 250), max(2, height // 60))
    for _ in range(rng.randint(4, 10)):
        x, y = rng.uniform(0, w), rng.uniform(h + height * 0.05, height)
        r = height * 0.008
        pencil.ellipse((x - 2 * r, y - r, x + 2 * r, y + r), (206, 180, 136))


def _forest(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    for depth in range(3):
        green = mix((104, 150, 120), (34, 74, 48), depth / 2 + rng.uniform(-0.1, 0.1))
        x = rng.uniform(-0.1, 0.0) * w
        while x < w * 1.05:
            top = h - height * rng.uniform(0.3, 0.5)
            half = w * rng.uniform(0.05, 0.08)
            foot = h + height * 0.02 * depth
            trunk = mix((70, 54, 44), green, 0.5)
            pencil.rectangle((x - half * 0.15, top, x + half * 0.15, foot), trunk)
            for tier in range(3):
                y = top + (foot - top) * tier * 0.25
                wide = half * (0.6 + 0.25 * tier)
                pencil.polygon(
                    ((x, y), (x - wide, y + height * 0.14), (x + wide, y + height * 0.14)), green
                )
            x += w * rng.uniform(0.1, 0.19)


def _city(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    x = -rng.uniform(0, 0.08) * w
    while x < w:
        wide = w * rng.uniform(0.1, 0.2)
        top = h - height * rng.uniform(0.18, 0.5)
        grey = rng.randint(104, 176)
        wall = (grey, grey + rng.randint(-6, 4), grey + rng.randint(0, 18))
        pencil.rectangle((x, top, x + wide, h), wall)
        lit = mix(wall, rng.choice(((255, 236, 180), (60, 74, 96))), 0.6)
        pane = wide / 4.6
        y = top + pane * 0.6
        while y < h - pane:
            for column in range(3):
                left = x + pane * (0.5 + column * 1.3)
                pencil.rectangle((left, y, left + pane * 0.8, y + pane * 0.9), lit)
            y += pane * 1.6
        x += wide + w * rng.choice((0.0, 0.0, 0.02))
    pencil.rectangle((0, h, w, h + height * 0.03), (172, 170, 168))
    lane = h + (height - h) * rng.uniform(0.5, 0.75)
    for x0 in range(round(-0.1 * w), w, max(8, w // 5)):
        pencil.rectangle((x0, lane, x0 + w * 0.1, lane + height * 0.018), (226, 222, 208))


def _night(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    for _ in range(rng.randint(25, 60)):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        r = height * rng.choice((0.002, 0.004, 0.007))
        light = rng.randint(150, 250)
        pencil.ellipse((x - r, y - r, x + r, y + r), (light, light, min(255, light + 20)))
    _ridge(pencil, rng, h, (height * 0.02, height * 0.14), w, (26, 32, 62))


def _snow(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    _ridge(pencil, rng, h + 1, (height * 0.02, height * 0.16), w, (206, 220, 236))
    x = rng.uniform(0, 0.2) * w
    while x < w:
        tall = height * rng.uniform(0.12, 0.24)
        pencil.polygon(((x, h - tall), (x - tall * 0.28, h), (x + tall * 0.28, h)), (112, 144, 150))
        pencil.polygon(
            ((x, h - tall), (x - tall * 0.14, h - tall * 0.5), (x + tall * 0.14, h - tall * 0.5)),
            (244, 248, 252),
        )
        x += w * rng.uniform(0.14, 0.4)
    for _ in range(rng.randint(25, 60)):
        x, y = rng.uniform(0, w), rng.uniform(0, height)
        r = height * rng.choice((0.004, 0.006, 0.01))
        pencil.ellipse((x - r, y - r, x + r, y + r), (255, 255, 255))


def _room(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    wall = rng.choice(((236, 224, 206), (214, 222, 216), (222, 214, 226), (232, 214, 204)))
    pencil.rectangle((0, 0, w, h), wall)
    if rng.random() < 0.5:
        for x0 in range(rng.randint(0, w // 10), w, max(6, w // 10)):
            pencil.rectangle((x0, 0, x0 + w // 40, h), mix(wall, (255, 255, 255), 0.35))
    pencil.rectangle((0, h - height * 0.03, w, h), (250, 246, 240))
    floor = rng.choice(((176, 130, 88), (150, 112, 82), (190, 150, 110)))
    pencil.rectangle((0, h, w, height), floor)
    for row in range(1, 5):
        y = h + (height - h) * (row / 4) ** 1.4
        pencil.line((0, y, w, y), mix(floor, (60, 40, 20), 0.35), max(1, height // 140))
    left = w * rng.choice((0.06, 0.62)) + rng.uniform(-0.03, 0.03) * w
    top, wide, tall = height * rng.uniform(0.06, 0.14), w * 0.3, height * rng.uniform(0.26, 0.36)
    frame = rng.choice(((252, 250, 246), (128, 92, 62)))
    pencil.rectangle((left, top, left + wide, top + tall), frame)
    m = w * 0.018
    pencil.rectangle((left + m, top + m, left + wide - m, top + tall - m), (176, 212, 236))
    if rng.random() < 0.6:
        pencil.rectangle((left + wide / 2 - m / 2, top, left + wide / 2 + m / 2, top + tall), frame)
        pencil.rectangle((left, top + tall / 2 - m / 2, left + wide, top + tall / 2 + m / 2), frame)


def _desert(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    for depth in range(3):
        dune = mix((236, 190, 128), (208, 146, 84), depth / 2)
        base = h + round(height * 0.1 * depth)
        _ridge(pencil, rng, base + 2, (0.0, height * rng.uniform(0.1, 0.2)), w, dune)
        pencil.rectangle((0, base, w, height), dune)


def _meadow(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    _clouds(pencil, rng, w, h)
    _ridge(pencil, rng, h + 1, (height * 0.01, height * 0.14), w, (130, 184, 104))
    for _ in range(rng.randint(20, 40)):
        x, y = rng.uniform(0, w), rng.uniform(h, height)
        tall = height * 0.03
        blade = rng.choice(((84, 150, 66), (150, 200, 100)))
        pencil.line(
            (x, y, x + rng.uniform(-0.4, 0.4) * tall, y - tall), blade, max(1, height // 150)
        )
    for _ in range(rng.randint(6, 16)):
        x, y = rng.uniform(0, w), rng.uniform(h, height)
        r = height * 0.008
        pencil.ellipse((x - r, y - r, x + r, y + r), (250, 246, 220))


def _sea(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    _clouds(pencil, rng, w, h)
    for row in range(7):
        y = h + (height - h) * (row + rng.uniform(0.2, 0.8)) / 7
        long = w * (0.03 + 0.012 * row)
        x = -rng.random() * long * 2
        light = mix((120, 190, 222), (60, 130, 190), row / 7)
        while x < w:
            box = (x, y, x + long, y + long * 0.5)
            pencil.arc(box, 200, 340, light, max(1, height // 90))
            x += long * rng.uniform(1.0, 2.2)


def _mountains(
    canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int
) -> None:
    w, height = canvas.size
    for depth in range(2):
        rock = mix((150, 160, 186), (98, 108, 134), depth)
        for i in range(3):
            x = w * ((i + rng.uniform(0.1, 0.9)) / 3)
            tall = height * rng.uniform(0.24, 0.44) * (1 - 0.3 * depth)
            half = tall * rng.uniform(0.6, 0.8)
            pencil.polygon(((x, h - tall), (x - half, h), (x + half, h)), rock)
            cap = 0.34
            pencil.polygon(
                (
                    (x, h - tall),
                    (x - half * cap, h - tall * (1 - cap)),
                    (x - half * cap * 0.4, h - tall * (1 - cap * 0.8)),
                    (x, h - tall * (1 - cap * 1.2)),
                    (x + half * cap * 0.5, h - tall * (1 - cap * 0.75)),
                    (x + half * cap, h - tall * (1 - cap)),
                ),
                (246, 248, 252),
            )
    _ridge(pencil, rng, h + 1, (0.0, height * 0.05), w, (110, 140, 110))


def _sunset(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    x, r = w * rng.uniform(0.15, 0.85), height * rng.uniform(0.09, 0.14)
    pencil.ellipse((x - 1.5 * r, h - 1.5 * r, x + 1.5 * r, h + 1.5 * r), (255, 182, 112))
    pencil.ellipse((x - r, h - r, x + r, h + r), (255, 226, 150))
    for _ in range(rng.randint(2, 4)):
        y, x0, long = rng.uniform(0, h * 0.7), rng.uniform(-0.2, 0.8) * w, rng.uniform(0.2, 0.5) * w
        thick = height * 0.012
        pencil.ellipse((x0, y - thick, x0 + long, y + thick), (236, 130, 128))
    pencil.rectangle((0, h, w, height), (94, 66, 88))
    _ridge(pencil, rng, h + 1, (0.0, height * 0.08), w, (110, 70, 96))


def _studio(canvas: Image.Image, pencil: ImageDraw.ImageDraw, rng: random.Random, h: int) -> None:
    w, height = canvas.size
    paper = rng.choice(
        ((240, 240, 238), (226, 230, 236), (238, 228, 220), (222, 232, 226), (204, 208, 214))
    )
    pencil.rectangle((0, 0, w, height), paper)
    if rng.random() < 0.5:
        pencil.rectangle((0, h, w, height), mix(paper, (120, 116, 124), 0.14))


_SKY: tuple[Rgb, Rgb] = ((112, 176, 230), (206, 232, 244))

_COLOURS: dict[str, tuple[tuple[Rgb, Rgb], tuple[Rgb, Rgb]]] = {
    "beach": (_SKY, ((236, 212, 164), (222, 192, 142))),
    "forest": (((176, 208, 190), (206, 226, 196)), ((86, 112, 66), (62, 86, 50))),
    "city": (((176, 196, 214), (222, 226, 228)), ((118, 118, 124), (88, 88, 94))),
    "night": (((14, 18, 48), (44, 50, 100)), ((34, 40, 64), (22, 26, 46))),
    "snow": (((170, 194, 220), (216, 228, 240)), ((230, 238, 248), (212, 224, 240))),
    "room": (((230, 220, 206), (230, 220, 206)), ((176, 130, 88), (160, 118, 80))),
    "desert": (((130, 190, 228), (244, 228, 190)), ((230, 182, 118), (206, 146, 86))),
    "meadow": (_SKY, ((126, 184, 92), (88, 150, 66))),
    "sea": (_SKY, ((64, 140, 192), (26, 84, 146))),
    "mountains": (((140, 184, 226), (224, 234, 242)), ((116, 148, 102), (92, 124, 80))),
    "sunset": (((104, 72, 132), (252, 156, 96)), ((94, 66, 88), (60, 44, 70))),
    "studio": (((236, 236, 236), (228, 228, 230)), ((220, 220, 222), (208, 208, 212))),
}

_PAINTERS: dict[str, Painter] = {
    "beach": _beach,
    "forest": _forest,
    "city": _city,
    "night": _night,
    "snow": _snow,
    "room": _room,
    "desert": _desert,
    "meadow": _meadow,
    "sea": _sea,
    "mountains": _mountains,
    "sunset": _sunset,
    "studio": _studio,
}
