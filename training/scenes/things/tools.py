"""Tools, instruments and what hangs in the sky."""

import math

from training.scenes.paint import CREAM, DARK, GOLD, STEEL, WHITE, WOOD
from training.scenes.pen import Outline, Pen


def key(p: Pen) -> None:
    """A ring bow, a long shaft, two teeth."""
    p.stroke([(-0.3, 0.0), (0.9, 0.0)], 0.2, p.coat)
    long = p.u(0.34, 0.46)
    p.box(0.44, 0.05, 0.6, long, p.coat)
    p.box(0.72, 0.05, 0.9, long - 0.06, p.coat)
    p.disc(-0.52, 0.0, 0.46, p.coat)
    p.disc(-0.56, 0.0, 0.2, CREAM._replace(outlined=True))


def hammer(p: Pen) -> None:
    """A wooden handle under a coloured head with a claw."""
    p.box(-0.1, -0.5, 0.1, 0.98, WOOD._replace(outlined=True), corner=0.08)
    p.blob(
        [(-0.2, -0.84), (-0.6, -0.86), (-0.98, p.u(-0.6, -0.45)), (-0.6, -0.56), (-0.2, -0.48)],
        p.coat,
    )
    p.box(-0.26, -0.88, 0.5, -0.42, p.coat, corner=0.05)
    p.box(0.44, -0.96, 0.74, -0.34, p.coat, corner=0.06)


def scissors(p: Pen) -> None:
    """Two open blades, two round grips."""
    spread = p.u(0.2, 0.36)
    for side in (-1, 1):
        tip = (side * spread * 1.2, -0.98)
        p.poly(
            [
                (-side * 0.02, 0.1),
                (tip[0] - side * 0.02, tip[1]),
                (side * (spread * 0.4 + 0.16), -0.3),
                (side * 0.1, 0.1),
            ],
            STEEL._replace(outlined=True),
        )
    for side in (-1, 1):
        x, y = side * (spread + 0.16), 0.62
        ring = [
            (x + 0.24 * math.cos(i * 0.5236), y + 0.29 * math.sin(i * 0.5236)) for i in range(13)
        ]
        p.stroke([(-side * 0.06, -0.05), (x - side * 0.1, 0.36)], 0.17, p.coat)
        p.stroke(ring, 0.16, p.coat)
    p.disc(0.0, 0.02, 0.06, DARK)


def guitar(p: Pen) -> None:
    """A waisted body with a sound hole, a long neck, strings."""
    waist = p.u(0.24, 0.32)
    p.box(-0.15, -1.0, 0.15, -0.72, DARK, corner=0.04)
    p.blob(
        [
            (-0.2, -0.22),
            (0.2, -0.22),
            (0.44, 0.0),
            (waist, 0.3),
            (0.58, 0.66),
            (0.3, 0.96),
            (-0.3, 0.96),
            (-0.58, 0.66),
            (-waist, 0.3),
            (-0.44, 0.0),
        ],
        p.coat,
    )
    p.box(-0.09, -0.8, 0.09, 0.1, WOOD._replace(outlined=True))
    p.disc(0.0, 0.3, 0.17, DARK)
    p.box(-0.22, 0.66, 0.22, 0.74, DARK)
    for x in (-0.05, 0.0, 0.05):
        p.stroke([(x, -0.9), (x, 0.7)], 0.014, CREAM)


def drum(p: Pen) -> None:
    """A drum with rims, a skin and crossed sticks."""
    top = p.u(-0.3, -0.15)
    p.blob(
        [(-0.8, top), (0.8, top), (0.8, 0.7), (0.4, 0.9), (0.0, 0.95), (-0.4, 0.9), (-0.8, 0.7)],
        p.coat,
    )
    p.stroke([(-0.8, 0.68), (-0.4, 0.88), (0.0, 0.93), (0.4, 0.88), (0.8, 0.68)], 0.09, GOLD)
    for i in range(4):
        x = -0.75 + i * 0.375
        p.stroke(
            [(x, top + 0.1), (x + 0.19, 0.78), (x + 0.375, top + 0.1)], 0.03, GOLD, curved=False
        )
    p.oval(0.0, top, 0.86, 0.26, GOLD)
    p.oval(0.0, top, 0.78, 0.2, WHITE._replace(outlined=True))
    for side in (-1, 1):
        p.stroke([(side * -0.2, top - 0.02), (side * 0.6, p.u(-0.95, -0.8))], 0.06, WOOD)
        p.disc(side * -0.2, top - 0.02, 0.07, WOOD)


def trumpet(p: Pen) -> None:
    """A flared bell, three valves, a looped tube."""
    p.stroke([(-0.9, -0.1), (0.5, -0.1)], 0.13, p.coat)
    p.stroke(
        [(-0.4, -0.1), (-0.6, 0.18), (-0.4, 0.46), (0.2, 0.46), (0.4, 0.18), (0.2, -0.1)],
        0.12,
        p.coat,
    )
    flare = p.u(0.4, 0.52)
    p.blob(
        [
            (0.3, -0.18),
            (0.7, -0.26),
            (0.96, -0.1 - flare),
            (1.02, -0.1),
            (0.96, -0.1 + flare),
            (0.7, 0.06),
            (0.3, -0.02),
        ],
        p.coat,
    )
    p.oval(0.97, -0.1, 0.07, flare, p.shade)
    for x in (-0.26, -0.06, 0.14):
        p.box(x - 0.07, -0.3, x + 0.07, 0.56, p.shade, corner=0.03)
        p.stroke([(x, -0.3), (x, -0.44)], 0.05, STEEL)
        p.oval(x, -0.46, 0.08, 0.04, CREAM)
    p.box(-1.0, -0.2, -0.88, 0.0, STEEL)


def sun(p: Pen) -> None:
    """A smiling disc with rays all round."""
    n, r = p.rng.choice((8, 10, 12)), p.u(0.5, 0.58)
    for i in range(n):
        a = i * 2 * math.pi / n
        ray: Outline = [
            (math.cos(a + d) * s, math.sin(a + d) * s)
            for d, s in ((-0.16, r + 0.06), (0.0, 1.0), (0.16, r + 0.06))
        ]
        p.poly(ray, p.coat)
    p.disc(0.0, 0.0, r, p.coat)
    _face(p, 0.0, 0.0)


def _face(p: Pen, x: float, y: float) -> None:
    for side in (-1, 1):
        p.disc(x + side * 0.17, y - 0.1, 0.06, DARK)
    p.stroke([(x - 0.18, y + 0.12), (x, y + 0.22), (x + 0.18, y + 0.12)], 0.05, DARK)


def moon(p: Pen) -> None:
    """A crescent, asleep."""
    thin = p.u(0.0, 0.2)
    outer = [_on_circle(0.1, 0.0, 0.95, d) for d in range(66, 295, 14)]
    inner = [_on_circle(0.62 - thin, 0.0, 0.84, d) for d in range(260, 99, -14)]
    p.poly([*outer, *inner], p.coat)
    p.stroke([(-0.68, -0.2), (-0.6, -0.13), (-0.5, -0.17)], 0.05, DARK)
    p.stroke([(-0.6, 0.24), (-0.52, 0.3), (-0.42, 0.26)], 0.05, DARK)


def _on_circle(x: float, y: float, r: float, degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return x + r * math.cos(angle), y + r * math.sin(angle)


def star(p: Pen) -> None:
    """A five-pointed star."""
    inner = p.u(0.4, 0.5)
    corners = []
    for i in range(10):
        a = -math.pi / 2 + i * math.pi / 5
        r = inner if i % 2 else 1.0
        corners.append((r * math.cos(a), 0.05 + r * math.sin(a)))
    p.poly(corners, p.coat)
    if p.rng.random() < 0.4:
        _face(p, 0.0, 0.05)
    p.gloss(-0.2, -0.2, 0.12, 0.08, turn=-0.7, alpha=90)
