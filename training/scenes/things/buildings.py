"""Buildings."""

import math

from training.scenes.paint import CREAM, DARK, GLASS, GOLD, STEEL, WHITE, WOOD, Ink
from training.scenes.pen import Pen

_STONE = Ink((190, 186, 180), outlined=True)
_LIT = Ink((255, 226, 140))


def _window(p: Pen, x: float, y: float, half: float, lit: bool) -> None:
    p.box(x - half * 1.2, y - half * 1.2, x + half * 1.2, y + half * 1.2, WHITE)
    p.box(x - half, y - half, x + half, y + half, _LIT if lit else GLASS)
    p.box(x - half * 0.12, y - half, x + half * 0.12, y + half, WHITE)
    p.box(x - half, y - half * 0.12, x + half, y + half * 0.12, WHITE)


def house(p: Pen) -> None:
    """A pitched roof, a door, windows, a chimney."""
    lit, eaves = p.rng.random() < 0.3, p.u(-0.25, -0.1)
    p.box(0.34, -0.9, 0.56, -0.3, Ink((150, 96, 80), outlined=True))
    p.box(-0.74, eaves - 0.05, 0.74, 0.97, p.coat)
    p.poly([(-0.96, eaves + 0.04), (0.0, p.u(-0.98, -0.85)), (0.96, eaves + 0.04)], p.shade)
    door = p.rng.choice((-0.4, 0.0, 0.4))
    p.box(door - 0.17, 0.38, door + 0.17, 0.97, WOOD._replace(outlined=True), corner=0.03)
    p.disc(door + 0.1, 0.7, 0.035, GOLD)
    for x in (-0.42, 0.0, 0.42):
        if x != door:
            _window(p, x, 0.32, 0.13, lit)
    p.disc(0.0, eaves - 0.26, 0.12, _LIT if lit else GLASS)


def castle(p: Pen) -> None:
    """Towers with battlements, a gate, flags."""
    high = p.u(-0.62, -0.45)
    for side in (-1, 1):
        x = side * 0.7
        p.box(x - 0.24, high, x + 0.24, 0.97, p.coat)
        for i in (-1, 0, 1):
            p.box(x + i * 0.18 - 0.07, high - 0.15, x + i * 0.18 + 0.07, high + 0.02, p.coat)
        p.box(x - 0.06, high + 0.3, x + 0.06, high + 0.55, DARK, corner=0.05)
        p.stroke([(x, high - 0.14), (x, high - 0.42)], 0.035, DARK)
        p.poly([(x, high - 0.42), (x + 0.22, high - 0.34), (x, high - 0.26)], p.shade)
    p.box(-0.5, -0.02, 0.5, 0.97, p.coat)
    for i in range(-2, 3):
        p.box(i * 0.2 - 0.07, -0.16, i * 0.2 + 0.07, 0.0, p.coat)
    p.blob(
        [(-0.24, 0.97), (-0.24, 0.5), (0.0, 0.32), (0.24, 0.5), (0.24, 0.97)],
        WOOD._replace(outlined=True),
    )
    p.stroke([(0.0, 0.4), (0.0, 0.95)], 0.03, DARK)


def lighthouse(p: Pen) -> None:
    """A tall tapering tower with a lamp room on top."""
    w = p.u(0.34, 0.44)
    p.blob([(-0.8, 0.97), (-0.5, 0.78), (0.5, 0.78), (0.8, 0.97)], Ink((128, 122, 120)))
    p.poly([(-0.22, -0.5), (0.22, -0.5), (w, 0.88), (-w, 0.88)], p.coat)
    p.poly([(-0.27, -0.1), (0.27, -0.1), (0.32, 0.2), (-0.32, 0.2)], WHITE)
    p.box(-0.34, -0.56, 0.34, -0.46, DARK)
    p.box(-0.18, -0.8, 0.18, -0.56, _LIT._replace(outlined=True))
    p.poly([(-0.26, -0.78), (0.0, -1.0), (0.26, -0.78)], p.shade)
    p.box(-0.1, 0.58, 0.1, 0.88, WOOD, corner=0.03)
    p.box(-0.06, 0.32, 0.06, 0.46, DARK)


def windmill(p: Pen) -> None:
    """A tower with four sails."""
    turn = p.u(0.2, 1.4)
    p.poly([(-0.28, -0.3), (0.28, -0.3), (0.48, 0.97), (-0.48, 0.97)], p.coat)
    p.blob([(-0.34, -0.26), (0.0, -0.66), (0.34, -0.26)], p.shade)
    p.box(-0.13, 0.62, 0.13, 0.97, WOOD, corner=0.04)
    p.box(-0.09, 0.2, 0.09, 0.4, GLASS)
    for i in range(4):
        a = turn + i * math.pi / 2
        cos, sin = math.cos(a), math.sin(a)
        sail = [(0.12, 0.0), (0.9, 0.0), (0.9, 0.22), (0.2, 0.18)]
        p.poly(
            [(x * cos - y * sin, -0.3 + x * sin + y * cos) for x, y in sail],
            CREAM._replace(outlined=True),
        )
        p.stroke([(0.0, -0.3), (0.92 * cos, -0.3 + 0.92 * sin)], 0.05, WOOD)
    p.disc(0.0, -0.3, 0.08, DARK)


def tent(p: Pen) -> None:
    """A ridge tent with its flap open."""
    top = p.u(-0.75, -0.55)
    p.poly([(0.1, top), (0.4, top - 0.02), (1.0, 0.82), (0.66, 0.93)], p.shade)
    p.poly([(-0.92, 0.93), (-0.02, top), (0.16, top), (0.72, 0.93)], p.coat)
    p.poly([(-0.3, 0.93), (0.02, -0.1), (0.2, 0.93)], DARK)
    p.poly([(0.2, 0.93), (0.02, -0.1), (0.34, 0.4), (0.36, 0.93)], p.tint)
    p.stroke([(0.05, top), (0.07, top - 0.2)], 0.05, WOOD)
    p.stroke([(-0.6, 0.4), (-1.0, 0.93)], 0.025, STEEL)
