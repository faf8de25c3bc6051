"""Furniture and household things."""

import math

from training.scenes.paint import CREAM, DARK, FLAME, GOLD, STEEL, WHITE, WOOD, Ink
from training.scenes.pen import Pen


def chair(p: Pen) -> None:
    """A high back, a seat, four legs."""
    top = p.u(-0.98, -0.85)
    for x, foot in ((-0.52, 0.97), (-0.22, 0.86), (0.55, 0.97), (0.34, 0.86)):
        p.box(x - 0.06, 0.2, x + 0.06, foot, WOOD)
    p.box(-0.58, top, -0.44, 0.3, WOOD, corner=0.05)
    p.poly([(-0.5, top + 0.1), (-0.16, top + 0.22), (-0.16, 0.0), (-0.5, -0.02)], p.coat)
    p.poly([(-0.6, 0.14), (-0.2, -0.02), (0.66, -0.02), (0.62, 0.14)], p.coat)
    p.box(-0.62, 0.12, 0.64, 0.28, p.coat, corner=0.05)


def table(p: Pen) -> None:
    """A broad cloth-covered top on four legs."""
    for x, foot in ((-0.78, 0.97), (-0.5, 0.8), (0.5, 0.8), (0.78, 0.97)):
        p.box(x - 0.07, 0.0, x + 0.07, foot, WOOD._replace(outlined=True))
    hang = p.u(0.12, 0.28)
    p.poly([(-0.72, -0.45), (0.72, -0.45), (1.0, -0.1), (-1.0, -0.1)], p.coat)
    p.box(-1.0, -0.12, 1.0, hang, p.coat)
    p.box(-1.0, hang - 0.06, 1.0, hang + 0.02, p.shade)
    if p.rng.random() < 0.5:
        p.oval(0.1, -0.3, 0.2, 0.06, WHITE)


def lamp(p: Pen) -> None:
    """A shade on a stand, its light beneath."""
    narrow = p.u(0.26, 0.4)
    p.oval(0.0, 0.9, 0.42, 0.1, STEEL._replace(outlined=True))
    p.box(-0.05, -0.1, 0.05, 0.9, STEEL)
    if p.rng.random() < 0.5:
        p.blob(
            [(-0.1, 0.1), (0.1, 0.1), (0.26, 0.5), (0.12, 0.84), (-0.12, 0.84), (-0.26, 0.5)],
            p.shade,
        )
    p.oval(0.0, -0.04, 0.4, 0.12, Ink((255, 236, 150)))
    p.poly([(-narrow, -0.92), (narrow, -0.92), (0.74, -0.05), (-0.74, -0.05)], p.coat)
    p.gloom([(0.2, -0.88), (0.3, -0.9), (0.7, -0.08), (0.45, -0.08)], alpha=36)


def sofa(p: Pen) -> None:
    """A long back, two arms, seat cushions."""
    for x in (-0.72, 0.72):
        p.box(x - 0.06, 0.7, x + 0.06, 0.95, WOOD)
    p.box(-0.82, p.u(-0.5, -0.35), 0.82, 0.5, p.coat, corner=0.16)
    p.box(-0.7, 0.1, 0.0, 0.42, p.coat, corner=0.1)
    p.box(0.0, 0.1, 0.7, 0.42, p.coat, corner=0.1)
    p.box(-0.8, 0.38, 0.8, 0.8, p.shade, corner=0.06)
    for x in (-0.84, 0.84):
        p.box(x - 0.16, -0.05, x + 0.16, 0.82, p.coat, corner=0.14)
    if p.rng.random() < 0.5:
        p.box(0.3, -0.1, 0.62, 0.2, CREAM._replace(outlined=True), corner=0.08)


def bed(p: Pen) -> None:
    """In profile: a headboard, a pillow, a blanket."""
    p.box(-1.0, p.u(-0.5, -0.3), -0.86, 0.95, WOOD._replace(outlined=True), corner=0.05)
    p.box(0.86, 0.05, 0.98, 0.95, WOOD._replace(outlined=True), corner=0.05)
    p.box(-0.9, 0.5, 0.9, 0.78, WOOD)
    p.box(-0.88, 0.26, 0.88, 0.58, WHITE._replace(outlined=True), corner=0.06)
    p.blob(
        [(-0.82, 0.22), (-0.6, 0.0), (-0.3, 0.1), (-0.34, 0.3), (-0.76, 0.32)],
        WHITE._replace(outlined=True),
    )
    p.blob(
        [(-0.3, 0.12), (0.2, 0.02), (0.85, 0.1), (0.9, 0.68), (0.2, 0.74), (-0.34, 0.66)], p.coat
    )


def cup(p: Pen) -> None:
    """A cup with a handle, something warm inside."""
    r, low = p.u(0.28, 0.34), p.u(0.36, 0.48)
    ring = [
        (0.62 + r * math.cos(a), 0.1 + r * 1.1 * math.sin(a)) for a in (-1.6, -0.9, 0.0, 0.9, 1.6)
    ]
    p.stroke(ring, 0.14, p.coat)
    p.blob(
        [
            (-0.66, -0.5),
            (0.0, -0.46),
            (0.66, -0.5),
            (0.62, 0.3),
            (low, 0.88),
            (0.0, 0.95),
            (-low, 0.88),
            (-0.62, 0.3),
        ],
        p.coat,
    )
    p.oval(0.0, -0.5, 0.66, 0.16, p.tint._replace(outlined=True))
    p.oval(0.0, -0.47, 0.54, 0.1, Ink((104, 66, 44)))
    p.gloss(-0.4, 0.1, 0.07, 0.32, alpha=90)
    if p.rng.random() < 0.6:
        for x in (-0.2, 0.15):
            p.stroke([(x, -0.68), (x + 0.09, -0.8), (x - 0.02, -0.95)], 0.05, Ink((232, 232, 236)))


def teapot(p: Pen) -> None:
    """A round belly with spout, handle and lid."""
    p.stroke([(-0.55, -0.1), (-0.96, -0.12), (-0.94, 0.4), (-0.5, 0.5)], 0.13, p.coat)
    p.blob([(0.4, 0.2), (0.7, 0.0), (0.82, -0.34), (1.0, -0.36), (0.9, 0.2), (0.5, 0.62)], p.coat)
    p.oval(0.0, 0.3, 0.64, p.u(0.54, 0.62), p.coat)
    p.oval(0.0, -0.24, 0.36, 0.14, p.shade)
    p.disc(0.0, -0.44, 0.1, p.shade)
    p.oval(0.0, 0.88, 0.36, 0.08, p.shade)
    p.gloss(-0.28, 0.12, 0.1, 0.2, turn=0.4, alpha=100)


def vase(p: Pen) -> None:
    """A belly and a narrow neck, a few stems inside."""
    for x in (-0.3, 0.02, 0.32):
        p.stroke([(0.0, -0.2), (x * 0.6, -0.6), (x, -0.85)], 0.05, Ink((92, 140, 76)))
        p.oval(x, -0.88, 0.12, 0.1, CREAM)
        p.oval(x * 0.8 + 0.1, -0.55, 0.13, 0.06, Ink((92, 140, 76)), turn=-0.5)
    w = p.u(0.5, 0.64)
    p.blob(
        [
            (-0.26, -0.35),
            (0.26, -0.35),
            (0.18, -0.1),
            (w, 0.35),
            (0.3, 0.94),
            (-0.3, 0.94),
            (-w, 0.35),
            (-0.18, -0.1),
        ],
        p.coat,
    )
    p.oval(0.0, -0.36, 0.28, 0.07, p.shade)
    p.gloss(-0.28, 0.32, 0.08, 0.22, turn=0.2, alpha=100)


def clock(p: Pen) -> None:
    """A round alarm clock: bells, feet, a face with hands."""
    for side in (-1, 1):
        p.stroke([(side * 0.4, 0.6), (side * 0.58, 0.93)], 0.13, p.shade)
        p.oval(side * 0.46, -0.68, 0.28, 0.18, p.coat, turn=side * 0.6)
    p.stroke([(0.0, -0.6), (0.0, -0.9)], 0.08, STEEL)
    p.disc(0.0, 0.1, 0.76, p.coat)
    p.disc(0.0, 0.1, 0.54, WHITE._replace(outlined=True))
    for i in range(12):
        a = i * math.pi / 6
        p.disc(0.44 * math.sin(a), 0.1 - 0.44 * math.cos(a), 0.035 if i % 3 else 0.06, DARK)
    hour, minute = p.u(0, 6.28), p.u(0, 6.28)
    p.stroke([(0.0, 0.1), (0.25 * math.sin(hour), 0.1 - 0.25 * math.cos(hour))], 0.08, DARK)
    p.stroke([(0.0, 0.1), (0.37 * math.sin(minute), 0.1 - 0.37 * math.cos(minute))], 0.05, DARK)


def book(p: Pen) -> None:
    """Closed and upright, or lying open."""
    if p.rng.random() < 0.7:
        lean = p.u(-0.06, 0.06)
        p.poly(
            [(-0.52, -0.82), (0.66, -0.82 + lean), (0.66, 0.92), (-0.52, 0.92)],
            CREAM._replace(outlined=True),
        )
        p.box(-0.62, -0.9, 0.56, 0.86, p.coat, corner=0.05)
        p.box(-0.62, -0.9, -0.44, 0.86, p.shade, corner=0.05)
        p.box(-0.26, -0.58, 0.38, -0.2, CREAM, corner=0.03)
        for y in (-0.46, -0.34):
            p.stroke([(-0.14, y), (0.26, y)], 0.035, DARK)
        return
    for side in (-1, 1):
        p.poly([(0.0, -0.36), (side * 1.02, -0.54), (side * 1.02, 0.78), (0.0, 0.96)], p.coat)
        page = [(0.0, -0.2), (side * 0.76, -0.34), (side * 0.76, 0.46), (0.0, 0.62)]
        p.poly(page, CREAM._replace(outlined=True))
        for i in range(4):
            y = -0.1 + i * 0.14
            p.stroke([(side * 0.12, y), (side * 0.64, y - 0.11)], 0.035, Ink((140, 132, 124)))


def umbrella(p: Pen) -> None:
    """Open: a scalloped canopy over a hooked handle."""
    p.stroke([(0.0, -0.2), (0.0, 0.75), (0.1, 0.92), (0.28, 0.9), (0.32, 0.74)], 0.08, WOOD)
    p.stroke([(0.0, -0.7), (0.0, -0.98)], 0.06, STEEL)
    rise = p.u(-0.9, -0.75)
    arc = [
        (math.cos(a) * -1.0, 0.02 + math.sin(a) * (rise - 0.02))
        for a in (0.0, 0.4, 0.8, 1.2, 1.57, 1.94, 2.34, 2.74, 3.14)
    ]
    hem = [
        (0.75, -0.1),
        (0.5, 0.02),
        (0.25, -0.1),
        (0.0, 0.02),
        (-0.25, -0.1),
        (-0.5, 0.02),
        (-0.75, -0.1),
    ]
    p.poly([*arc, *hem], p.coat)
    for x in (-0.5, 0.0, 0.5):
        p.stroke(
            [(0.0, rise), (x * 0.8, rise * 0.5), (x, 0.02)], 0.03, p.shade._replace(outlined=False)
        )


def candle(p: Pen) -> None:
    """A burning candle on a dish."""
    w, top = p.u(0.26, 0.36), p.u(-0.4, -0.2)
    p.oval(0.0, 0.86, 0.62, 0.12, GOLD._replace(outlined=True))
    p.stroke([(0.58, 0.84), (0.85, 0.7), (0.85, 0.92), (0.6, 0.9)], 0.06, GOLD)
    p.box(-w, top, w, 0.88, p.coat, corner=0.06)
    p.oval(0.0, top, w, 0.07, p.tint)
    p.stroke([(0.0, top), (0.0, top - 0.12)], 0.04, DARK)
    p.blob([(0.0, top - 0.6), (0.15, top - 0.22), (0.0, top - 0.06), (-0.15, top - 0.22)], FLAME)
    p.oval(0.0, top - 0.2, 0.07, 0.12, Ink((255, 240, 170)))
