"""Vehicles."""

import math

from training.scenes.paint import DARK, FLAME, GLASS, GOLD, STEEL, WHITE, WOOD, Ink
from training.scenes.pen import Pen


def _wheel(p: Pen, x: float, y: float, r: float) -> None:
    p.disc(x, y, r, DARK)
    p.disc(x, y, r * 0.52, STEEL)
    p.disc(x, y, r * 0.2, DARK)


def car(p: Pen) -> None:
    """In profile: a cabin between bonnet and boot, two wheels."""
    roof, rear = p.u(-0.5, -0.32), p.u(-0.62, -0.5)
    p.blob(
        [
            (rear - 0.1, 0.2),
            (rear + 0.15, roof),
            (0.25, roof),
            (0.6, 0.2),
            (0.3, 0.35),
            (-0.4, 0.35),
        ],
        p.coat,
    )
    p.poly(
        [(rear + 0.05, 0.12), (rear + 0.22, roof + 0.13), (-0.1, roof + 0.1), (-0.1, 0.12)], GLASS
    )
    p.poly([(0.0, 0.12), (0.0, roof + 0.1), (0.22, roof + 0.13), (0.45, 0.12)], GLASS)
    p.box(-0.98, 0.12, 0.98, 0.68, p.coat, corner=0.2)
    p.box(-0.98, 0.54, 0.98, 0.66, p.shade, corner=0.05)
    p.oval(0.9, 0.32, 0.08, 0.1, GOLD)
    p.oval(-0.92, 0.32, 0.06, 0.09, Ink((190, 40, 40)))
    p.stroke([(-0.05, 0.2), (-0.05, 0.54)], 0.02, p.shade._replace(outlined=False))
    p.box(0.02, 0.26, 0.16, 0.3, DARK)
    r = p.u(0.23, 0.28)
    for x in (-0.52, 0.54):
        _wheel(p, x, 0.97 - r, r)
    p.gloss(0.0, 0.2, 0.8, 0.05, alpha=60)


def bus(p: Pen) -> None:
    """In profile: a long box with a row of windows."""
    top = p.u(-0.7, -0.55)
    p.box(-1.0, top, 1.0, 0.75, p.coat, corner=0.12)
    n = p.rng.choice((4, 5))
    step = 1.5 / n
    for i in range(n):
        x = -0.9 + i * step
        p.box(x, top + 0.16, x + step * 0.8, top + 0.58, GLASS, corner=0.04)
    p.box(0.66, top + 0.16, 0.92, 0.66, GLASS, corner=0.03)
    p.stroke([(0.79, top + 0.2), (0.79, 0.64)], 0.025, DARK)
    p.box(-1.0, 0.62, 1.0, 0.76, p.shade, corner=0.05)
    p.oval(0.96, 0.5, 0.05, 0.07, GOLD)
    for x in (-0.58, 0.44):
        _wheel(p, x, 0.74, 0.23)


def truck(p: Pen) -> None:
    """In profile: a high load box behind a low cab."""
    split = p.u(0.28, 0.38)
    p.box(-1.0, p.u(-0.72, -0.58), split - 0.04, 0.62, p.coat)
    p.box(split, -0.22, 0.98, 0.62, p.shade, corner=0.14)
    p.poly([(0.58, -0.12), (0.82, -0.12), (0.94, 0.18), (0.58, 0.18)], GLASS)
    p.box(-1.0, 0.58, 0.98, 0.7, DARK)
    p.oval(0.93, 0.42, 0.06, 0.08, GOLD)
    for x in (-0.7, -0.28, 0.62):
        _wheel(p, x, 0.75, 0.21)


def bicycle(p: Pen) -> None:
    """In profile: two spoked wheels and a diamond frame."""
    r = p.u(0.4, 0.45)
    wheels = ((-0.56, 0.96 - r), (0.56, 0.96 - r))
    for x, y in wheels:
        ring = [(x + r * math.cos(i * 0.5236), y + r * math.sin(i * 0.5236)) for i in range(13)]
        p.stroke(ring, 0.075, DARK)
        for i in range(4):
            dx, dy = r * math.cos(i * 0.785 + 0.3), r * math.sin(i * 0.785 + 0.3)
            p.stroke([(x - dx, y - dy), (x + dx, y + dy)], 0.018, STEEL)
    seat, crank, head = (-0.28, -0.15), (-0.05, 0.55), (0.4, -0.2)
    frame = p.coat
    p.stroke([wheels[0], seat, crank, wheels[0]], 0.1, frame, curved=False)
    p.stroke([seat, head, crank], 0.1, frame, curved=False)
    p.stroke([(0.34, -0.42), wheels[1]], 0.1, frame)
    p.stroke([seat, (-0.33, -0.32)], 0.07, STEEL)
    p.oval(-0.35, -0.36, 0.2, 0.07, DARK)
    p.stroke([(0.2, -0.5), (0.36, -0.48), (0.5, p.u(-0.62, -0.4))], 0.07, DARK)
    p.disc(*crank, 0.1, STEEL)


def boat(p: Pen) -> None:
    """A hull with a mast, a sail and a flag."""
    hull = [(-0.95, 0.4), (0.95, 0.4), (0.66, 0.93), (-0.6, 0.93)]
    p.stroke([(0.0, 0.45), (0.0, -0.95)], 0.06, WOOD)
    p.poly([(0.07, -0.85), (p.u(0.7, 0.85), 0.28), (0.07, 0.28)], p.tint._replace(outlined=True))
    p.poly([(-0.07, -0.7), (p.u(-0.65, -0.5), 0.28), (-0.07, 0.28)], WHITE._replace(outlined=True))
    p.poly(hull, p.coat)
    p.poly([(-0.95, 0.4), (0.95, 0.4), (0.89, 0.52), (-0.91, 0.52)], p.shade)
    p.poly([(0.0, -0.98), (0.0, -0.8), (-0.24, -0.89)], p.coat)


def train(p: Pen) -> None:
    """A steam engine in profile: boiler, chimney, cab, smoke."""
    p.box(-0.3, -0.15, 0.78, 0.52, p.coat, corner=0.1)
    p.box(0.3, -0.55, 0.52, -0.1, p.shade)
    p.box(0.24, -0.64, 0.58, -0.5, p.shade)
    p.blob([(-0.08, -0.14), (0.04, -0.34), (0.16, -0.14)], GOLD)
    p.box(-0.95, -0.6, -0.26, 0.52, p.coat)
    p.box(-1.0, -0.7, -0.2, -0.56, p.shade)
    p.box(-0.82, -0.44, -0.42, -0.06, GLASS)
    p.box(-0.98, 0.5, 0.9, 0.64, p.shade)
    p.poly([(0.82, 0.5), (1.0, 0.93), (0.72, 0.93)], DARK)
    p.disc(0.8, 0.12, 0.1, GOLD)
    _wheel(p, -0.64, 0.68, 0.28)
    for x in (-0.1, 0.26, 0.58):
        _wheel(p, x, 0.78, 0.18)
    p.stroke([(-0.64, 0.7), (0.26, 0.78)], 0.06, STEEL)
    drift = p.u(-0.3, 0.0)
    for i in range(3):
        p.disc(0.4 + drift * i, -0.74 - i * 0.09, 0.1 + i * 0.045, Ink((226, 226, 232)))


def rocket(p: Pen) -> None:
    """Flies upright: a pointed nose, a porthole, fins and a flame."""
    p.blob([(-0.2, 0.6), (0.2, 0.6), (0.1, 0.8), (0.0, p.u(0.92, 1.1)), (-0.1, 0.8)], FLAME)
    p.blob([(-0.1, 0.6), (0.1, 0.6), (0.0, 0.85)], GOLD)
    for side in (-1, 1):
        p.poly(
            [(side * 0.28, 0.1), (side * 0.68, 0.55), (side * 0.66, 0.78), (side * 0.25, 0.55)],
            p.shade,
        )
    wide = p.u(0.32, 0.4)
    p.blob(
        [
            (0.0, -1.0),
            (wide * 0.75, -0.5),
            (wide, 0.1),
            (0.24, 0.62),
            (-0.24, 0.62),
            (-wide, 0.1),
            (-wide * 0.75, -0.5),
        ],
        p.coat,
    )
    p.blob([(0.0, -1.0), (wide * 0.62, -0.6), (0.0, -0.54), (-wide * 0.62, -0.6)], p.shade)
    p.disc(0.0, -0.18, 0.2, STEEL)
    p.disc(0.0, -0.18, 0.14, GLASS)
    p.box(-0.07, 0.3, 0.07, 0.78, p.shade, corner=0.05)


def airplane(p: Pen) -> None:
    """Flies in profile: wings, a tail fin, windows."""
    p.poly([(-0.1, -0.05), (0.15, -0.05), (-0.18, -0.62), (-0.34, -0.62)], p.shade)
    p.poly([(-0.9, -0.05), (-0.6, -0.05), (-0.84, -0.58), (-1.02, -0.58)], p.coat)
    p.blob([(-1.0, -0.1), (-0.5, -0.2), (0.6, -0.2), (0.98, 0.02), (0.6, 0.2), (-0.4, 0.2)], p.coat)
    p.blob([(0.62, -0.16), (0.84, -0.06), (0.7, -0.01), (0.6, -0.03)], GLASS)
    for i in range(p.rng.choice((5, 6))):
        p.disc(-0.5 + i * 0.18, -0.04, 0.055, GLASS)
    p.poly([(-0.15, 0.08), (0.24, 0.08), (-0.3, p.u(0.6, 0.75)), (-0.52, 0.62)], p.shade)
    p.poly([(-0.9, 0.0), (-0.66, 0.0), (-0.96, 0.22), (-1.08, 0.22)], p.shade)
