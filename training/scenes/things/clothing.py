"""Clothing."""

from training.scenes.paint import CREAM, DARK, GOLD, WHITE
from training.scenes.pen import Pen


def shirt(p: Pen) -> None:
    """A T-shirt laid flat: short sleeves, a round neck."""
    sleeve, hem = p.u(0.05, 0.2), p.u(0.8, 0.95)
    right = [(0.24, -0.82), (0.55, -0.72), (1.0, -0.25), (0.78, sleeve), (0.54, -0.12), (0.54, hem)]
    left = [(-x, y) for x, y in reversed(right)]
    p.poly([*right, *left], p.coat)
    p.oval(0.0, -0.82, 0.24, 0.15, p.shade)
    if p.rng.random() < 0.4:
        for y in (-0.4, -0.1, 0.2, 0.5):
            p.disc(0.0, y, 0.04, CREAM)


def dress(p: Pen) -> None:
    """A dress: straps, a waist, a wide skirt."""
    flare, waist = p.u(0.7, 0.92), p.u(0.2, 0.28)
    for side in (-1, 1):
        p.stroke([(side * 0.22, -0.9), (side * 0.26, -0.6)], 0.09, p.coat)
    p.blob(
        [
            (-0.34, -0.66),
            (0.0, -0.56),
            (0.34, -0.66),
            (0.3, -0.3),
            (waist, -0.05),
            (-waist, -0.05),
            (-0.3, -0.3),
        ],
        p.coat,
    )
    p.poly(
        [
            (-waist, -0.1),
            (waist, -0.1),
            (flare, 0.9),
            (flare * 0.5, 0.96),
            (0.0, 0.9),
            (-flare * 0.5, 0.96),
            (-flare, 0.9),
        ],
        p.coat,
    )
    p.box(-waist - 0.02, -0.14, waist + 0.02, 0.0, p.shade)
    for x in (-0.3, 0.3):
        p.stroke([(x * 0.5, 0.05), (x * 1.6, 0.88)], 0.025, p.shade._replace(outlined=False))


def hat(p: Pen) -> None:
    """A brimmed hat with a ribbon."""
    tall, top = p.u(-0.75, -0.45), p.u(0.36, 0.5)
    p.oval(0.0, 0.6, 0.98, 0.26, p.coat)
    p.blob(
        [
            (-0.56, 0.6),
            (-top, tall + 0.12),
            (0.0, tall),
            (top, tall + 0.12),
            (0.56, 0.6),
            (0.0, 0.74),
        ],
        p.coat,
    )
    band = DARK if p.shade.rgb[0] + p.shade.rgb[1] > 150 else CREAM
    p.poly([(-0.55, 0.3), (0.0, 0.42), (0.55, 0.3), (0.57, 0.55), (0.0, 0.68), (-0.57, 0.55)], band)


def shoe(p: Pen) -> None:
    """A laced trainer in profile."""
    p.blob(
        [
            (-0.86, -0.25),
            (-0.4, -0.36),
            (-0.1, -0.28),
            (0.2, 0.12),
            (0.8, 0.28),
            (0.98, 0.6),
            (0.4, 0.75),
            (-0.85, 0.72),
            (-0.92, 0.3),
        ],
        p.coat,
    )
    p.oval(-0.46, -0.27, 0.38, 0.1, p.shade)
    p.box(-0.95, 0.62, 1.0, 0.86, WHITE._replace(outlined=True), corner=0.1)
    p.blob([(0.55, 0.25), (0.9, 0.38), (0.98, 0.62), (0.5, 0.64)], p.tint)
    for i in range(3):
        x, y = -0.02 + i * 0.15, -0.15 + i * 0.15
        p.stroke([(x - 0.14, y + 0.12), (x + 0.06, y - 0.02)], 0.06, WHITE)
    if p.rng.random() < 0.5:
        p.stroke([(-0.6, 0.5), (-0.3, 0.5), (0.0, 0.2)], 0.08, p.tint)


def bag(p: Pen) -> None:
    """A handbag: two handles, a flap, a clasp."""
    high = p.u(-0.95, -0.75)
    p.stroke(
        [(-0.42, -0.2), (-0.36, high + 0.1), (0.0, high), (0.36, high + 0.1), (0.42, -0.2)],
        0.1,
        p.shade,
    )
    p.blob(
        [(-0.66, -0.25), (0.66, -0.25), (0.86, 0.4), (0.78, 0.9), (-0.78, 0.9), (-0.86, 0.4)],
        p.coat,
    )
    if p.rng.random() < 0.6:
        p.blob([(-0.68, -0.25), (0.68, -0.25), (0.62, 0.16), (0.0, 0.3), (-0.62, 0.16)], p.shade)
    else:
        p.box(-0.68, -0.3, 0.68, -0.14, p.shade, corner=0.05)
    p.box(-0.1, 0.14, 0.1, 0.36, GOLD, corner=0.03)


def sock(p: Pen) -> None:
    """A sock with a ribbed cuff, heel and toe."""
    p.blob(
        [
            (-0.5, -0.7),
            (0.1, -0.7),
            (0.12, 0.1),
            (0.5, 0.34),
            (0.9, 0.5),
            (0.86, 0.88),
            (0.3, 0.92),
            (-0.3, 0.84),
            (-0.52, 0.4),
        ],
        p.coat,
    )
    p.blob([(0.6, 0.38), (0.92, 0.52), (0.88, 0.86), (0.58, 0.9)], p.shade)
    p.blob([(-0.54, 0.3), (-0.25, 0.46), (-0.2, 0.84), (-0.48, 0.7)], p.shade)
    p.box(-0.56, p.u(-0.95, -0.88), 0.16, -0.58, p.shade, corner=0.08)
    for x in (-0.4, -0.2, 0.0):
        p.stroke([(x, -0.86), (x, -0.64)], 0.03, p.tint)
