"""Toys."""

import math

from training.scenes.paint import CREAM, DARK, FLAME, GOLD, STEEL, WHITE, WOOD
from training.scenes.pen import Pen


def balloon(p: Pen) -> None:
    """An egg-shaped balloon on a curling string."""
    w = p.u(0.52, 0.62)
    p.stroke([(0.0, 0.42), (p.u(-0.15, 0.0), 0.62), (p.u(0.0, 0.15), 0.8), (0.0, 1.0)], 0.04, DARK)
    p.poly([(0.0, 0.32), (0.1, 0.48), (-0.1, 0.48)], p.shade)
    p.blob(
        [
            (0.0, -0.98),
            (w * 0.75, -0.8),
            (w, -0.38),
            (w * 0.7, 0.08),
            (0.0, 0.4),
            (-w * 0.7, 0.08),
            (-w, -0.38),
            (-w * 0.75, -0.8),
        ],
        p.coat,
    )
    p.gloss(-0.24, -0.56, 0.1, 0.2, turn=0.4, alpha=130)


def ball(p: Pen) -> None:
    """A ball with curved seams."""
    p.disc(0.0, 0.08, 0.86, p.coat)
    bend = p.u(0.1, 0.4)
    p.stroke(
        [(-0.8, -0.2), (0.0, bend - 0.1), (0.8, -0.2)], 0.045, p.shade._replace(outlined=False)
    )
    p.stroke([(-bend, -0.76), (0.1, 0.0), (-bend, 0.9)], 0.045, p.shade._replace(outlined=False))
    p.gloom([(0.1, 0.92), (0.7, 0.5), (0.84, 0.0), (0.5, 0.4), (-0.2, 0.78)], alpha=50)
    p.gloss(-0.34, -0.34, 0.2, 0.13, turn=-0.7, alpha=130)


def kite(p: Pen) -> None:
    """A diamond with a tail of bows."""
    cross = p.u(-0.5, -0.35)
    tail = [(0.0, 0.4), (0.16, 0.6), (-0.06, 0.8), (0.12, 1.02)]
    p.stroke(tail, 0.04, DARK)
    for x, y in ((0.14, 0.58), (-0.02, 0.78)):
        p.poly([(x, y), (x - 0.16, y - 0.09), (x - 0.16, y + 0.09)], p.shade)
        p.poly([(x, y), (x + 0.16, y - 0.09), (x + 0.16, y + 0.09)], p.shade)
    p.poly([(0.0, -1.0), (0.64, cross), (0.0, 0.42), (-0.64, cross)], p.coat)
    p.stroke([(0.0, -1.0), (0.0, 0.42)], 0.04, WOOD)
    p.stroke([(-0.64, cross), (0.64, cross)], 0.04, WOOD)


def robot(p: Pen) -> None:
    """A boxy head with an aerial, a chest panel, arms and legs."""
    p.stroke([(0.0, -0.7), (0.0, -0.95)], 0.05, STEEL)
    p.disc(0.0, -0.94, 0.08, FLAME)
    raised = p.u(-0.1, 0.6)
    for side in (-1, 1):
        p.stroke(
            [(side * 0.45, 0.1), (side * 0.76, 0.3), (side * 0.82, raised if side > 0 else 0.6)],
            0.15,
            STEEL,
        )
        p.box(side * 0.25 - 0.13, 0.6, side * 0.25 + 0.13, 0.97, p.shade, corner=0.05)
    p.box(-0.48, -0.05, 0.48, 0.7, p.coat, corner=0.08)
    p.box(-0.42, -0.75, 0.42, -0.1, p.coat, corner=0.1)
    for side in (-1, 1):
        p.disc(side * 0.19, -0.5, 0.13, WHITE._replace(outlined=True))
        p.disc(side * 0.19, -0.5, 0.065, DARK)
    p.box(-0.22, -0.28, 0.22, -0.18, DARK)
    p.box(-0.28, 0.12, 0.28, 0.44, CREAM, corner=0.04)
    p.disc(-0.14, 0.28, 0.07, FLAME)
    p.stroke([(0.0, 0.22), (0.2, 0.22)], 0.04, DARK)
    p.stroke([(0.0, 0.34), (0.2, 0.34)], 0.04, DARK)


def teddy_bear(p: Pen) -> None:
    """Sits with arms and legs spread: round ears, a pale muzzle."""
    for side in (-1, 1):
        p.oval(side * 0.6, 0.3, 0.2, p.u(0.3, 0.36), p.coat, turn=-side * 0.7)
        p.disc(side * 0.36, -0.82, 0.19, p.coat)
        p.disc(side * 0.36, -0.82, 0.1, p.tint)
    p.oval(0.0, 0.42, 0.48, 0.5, p.coat)
    p.oval(0.0, 0.46, 0.28, 0.3, p.tint)
    for side in (-1, 1):
        p.oval(side * 0.5, 0.8, 0.25, 0.2, p.coat)
        p.oval(side * 0.54, 0.82, 0.13, 0.11, p.tint)
    p.oval(0.0, -0.42, 0.5, 0.44, p.coat)
    p.oval(0.0, -0.28, 0.24, 0.2, CREAM)
    for side in (-1, 1):
        p.eye(side * 0.2, -0.52, 0.065)
    p.oval(0.0, -0.36, 0.09, 0.065, DARK)
    p.stroke([(-0.1, -0.22), (0.0, -0.18), (0.1, -0.22)], 0.03, DARK)


def snowman(p: Pen) -> None:
    """Three stacked balls, a hat, a carrot nose, twig arms."""
    for side in (-1, 1):
        p.stroke(
            [(side * 0.34, 0.05), (side * 0.7, p.u(-0.3, 0.0)), (side * 0.9, p.u(-0.3, 0.1))],
            0.05,
            WOOD,
        )
    p.disc(0.0, 0.56, 0.44, p.coat)
    p.disc(0.0, 0.02, 0.36, p.coat)
    p.disc(0.0, -0.44, 0.28, p.coat)
    p.box(-0.38, -0.7, 0.38, -0.62, DARK)
    p.box(-0.24, -1.0, 0.24, -0.66, DARK)
    for side in (-1, 1):
        p.disc(side * 0.1, -0.5, 0.045, DARK)
    p.poly([(0.0, -0.47), (0.36, -0.38), (0.0, -0.36)], FLAME)
    for y in (-0.05, 0.12, 0.45):
        p.disc(0.0, y, 0.05, DARK)
    p.stroke([(-0.22, -0.2), (0.0, -0.14), (0.22, -0.2)], 0.1, GOLD)


def heart(p: Pen) -> None:
    """A heart."""
    dip, w = p.u(-0.5, -0.35), p.u(0.9, 1.0)
    half = [
        (0.0, dip),
        (0.2, -0.72),
        (0.55, -0.84),
        (0.88, -0.6),
        (w, -0.22),
        (0.74, 0.28),
        (0.36, 0.64),
    ]
    mirrored = [(-x, y) for x, y in reversed(half[1:])]
    p.blob([*half, (0.03, 0.93), (-0.03, 0.93), *mirrored], p.coat)
    p.gloss(-0.5, -0.46, 0.2, 0.12, turn=-0.7, alpha=math.floor(p.u(70, 130)))
