"""Fruit and food."""

from training.scenes.paint import CREAM, FLAME, GOLD, LEAF, ROSE, WHITE, WOOD, Ink
from training.scenes.pen import Pen

_STEM = Ink((104, 74, 46))
_WAFFLE = Ink((222, 172, 104))


def apple(p: Pen) -> None:
    """Round, dented at the stalk, with a leaf."""
    w = p.u(0.76, 0.88)
    p.stroke([(0.0, -0.5), (0.04, -0.75), (p.u(0.05, 0.2), -0.95)], 0.09, _STEM)
    p.blob(
        [
            (0.0, -0.5),
            (0.4, -0.65),
            (w, -0.2),
            (0.66, 0.6),
            (0.26, 0.94),
            (0.0, 0.86),
            (-0.26, 0.94),
            (-0.66, 0.6),
            (-w, -0.2),
            (-0.4, -0.65),
        ],
        p.coat,
    )
    p.blob([(0.06, -0.66), (0.3, -0.98), (0.62, -0.88), (0.34, -0.66)], LEAF)
    p.gloss(-0.4, -0.2, 0.14, 0.25, turn=0.4, alpha=110)


def banana(p: Pen) -> None:
    """A crescent with two dark tips."""
    fat = p.u(0.0, 0.1)
    p.blob(
        [
            (-0.86, -0.62),
            (-0.5, 0.1),
            (0.15, 0.35),
            (0.8, 0.0),
            (0.98, 0.12),
            (0.7, 0.6 + fat),
            (0.05, 0.86 + fat),
            (-0.6, 0.55 + fat),
            (-0.98, -0.3),
        ],
        p.coat,
    )
    p.poly([(-0.9, -0.85), (-0.74, -0.88), (-0.76, -0.52), (-0.94, -0.5)], _STEM)
    p.disc(0.95, 0.1, 0.09, _STEM)
    p.stroke(
        [(-0.8, -0.3), (-0.5, 0.35), (0.1, 0.6), (0.75, 0.32)],
        0.04,
        p.shade._replace(outlined=False),
    )


def pear(p: Pen) -> None:
    """Narrow above, wide below, with a stalk."""
    w = p.u(0.6, 0.7)
    p.stroke([(0.0, -0.7), (0.02, -0.85), (p.u(-0.15, 0.15), -1.0)], 0.08, _STEM)
    p.blob(
        [
            (0.0, -0.8),
            (0.24, -0.66),
            (0.3, -0.2),
            (w, 0.35),
            (0.4, 0.9),
            (0.0, 0.95),
            (-0.4, 0.9),
            (-w, 0.35),
            (-0.3, -0.2),
            (-0.24, -0.66),
        ],
        p.coat,
    )
    p.blob([(0.04, -0.8), (0.3, -1.0), (0.52, -0.84), (0.28, -0.74)], LEAF)
    p.gloss(-0.28, 0.3, 0.1, 0.22, turn=0.25, alpha=110)


def cherry(p: Pen) -> None:
    """A pair on two long stalks under one leaf."""
    r, top = p.u(0.36, 0.42), (p.u(-0.05, 0.2), -0.88)
    p.stroke([(-0.48, 0.3), (-0.3, -0.3), top], 0.06, LEAF)
    p.stroke([(0.5, 0.4), (0.42, -0.3), top], 0.06, LEAF)
    p.blob([top, (top[0] + 0.35, -1.0), (top[0] + 0.7, -0.75), (top[0] + 0.35, -0.65)], LEAF)
    p.disc(-0.5, 0.48, r, p.coat)
    p.disc(0.5, 0.56, r, p.coat)
    for x, y in ((-0.62, 0.34), (0.38, 0.42)):
        p.gloss(x, y, 0.09, 0.13, turn=0.5, alpha=130)


def strawberry(p: Pen) -> None:
    """A cone with seeds under a green crown."""
    w = p.u(0.66, 0.78)
    p.blob(
        [
            (0.0, -0.6),
            (0.45, -0.6),
            (w, -0.2),
            (0.45, 0.5),
            (0.0, 0.96),
            (-0.45, 0.5),
            (-w, -0.2),
            (-0.45, -0.6),
        ],
        p.coat,
    )
    seed = Ink((250, 226, 130))
    for x, y in ((-0.4, -0.2), (0.0, -0.1), (0.4, -0.2), (-0.22, 0.2), (0.22, 0.2), (0.0, 0.55)):
        p.oval(x, y, 0.045, 0.075, seed)
    for x in (-0.5, -0.2, 0.2, 0.5):
        p.poly([(x - 0.2, -0.62), (x + 0.2, -0.62), (x * 1.15, -0.3)], LEAF)
    p.stroke([(0.0, -0.6), (0.06, -0.95)], 0.09, LEAF)


def cake(p: Pen) -> None:
    """Two tiers with icing, candles alight on top."""
    p.oval(0.0, 0.88, 0.98, 0.1, WHITE._replace(outlined=True))
    n = p.rng.choice((3, 4, 5))
    for i in range(n):
        x = (i - (n - 1) / 2) * 0.2
        p.box(x - 0.035, -0.74, x + 0.035, -0.4, ROSE if i % 2 else WHITE)
        p.oval(x, -0.83, 0.05, 0.1, FLAME)
    p.box(-0.52, -0.42, 0.52, 0.2, p.coat, corner=0.06)
    p.box(-0.86, 0.16, 0.86, 0.86, p.coat, corner=0.06)
    for left, right, y in ((-0.52, 0.52, -0.42), (-0.86, 0.86, 0.16)):
        drops = [(left, y), (right, y), (right, y + 0.16)]
        steps = 6
        for i in range(1, steps):
            x = right + (left - right) * i / steps
            drops.append((x, y + (0.28 if i % 2 else 0.13)))
        p.blob([*drops, (left, y + 0.16)], CREAM)


def cupcake(p: Pen) -> None:
    """A paper case under a swirl of cream, a cherry on top."""
    p.poly(
        [(-0.62, 0.2), (0.62, 0.2), (0.45, 0.95), (-0.45, 0.95)], _WAFFLE._replace(outlined=True)
    )
    for x in (-0.3, 0.0, 0.3):
        p.stroke([(x * 1.3, 0.25), (x, 0.92)], 0.03, WOOD)
    for y, w, h in ((0.1, 0.78, 0.27), (-0.2, 0.58, 0.25), (-0.5, 0.34, 0.22)):
        p.oval(p.u(-0.03, 0.03), y, w, h, p.coat)
    p.disc(0.0, -0.78, 0.15, Ink((196, 40, 52)))


def ice_cream(p: Pen) -> None:
    """Scoops in a pointed waffle cone."""
    p.poly([(-0.46, 0.05), (0.46, 0.05), (0.0, 1.0)], _WAFFLE._replace(outlined=True))
    for x in (-0.25, 0.0, 0.25):
        p.stroke([(x, 0.08), (x * 0.3 + 0.14, 0.62)], 0.025, WOOD)
        p.stroke([(x, 0.08), (x * 0.3 - 0.14, 0.62)], 0.025, WOOD)
    if p.rng.random() < 0.5:
        p.disc(-0.24, -0.12, 0.34, p.coat)
        p.disc(0.24, -0.12, 0.34, p.coat)
    p.disc(0.0, p.u(-0.46, -0.34), 0.46, p.coat)
    p.blob(
        [
            (-0.52, 0.0),
            (0.52, 0.0),
            (0.4, 0.16),
            (0.2, 0.08),
            (0.0, 0.18),
            (-0.2, 0.08),
            (-0.4, 0.16),
        ],
        p.coat._replace(outlined=False),
    )
    p.gloss(-0.16, -0.6, 0.1, 0.14, turn=0.5, alpha=100)
    if p.rng.random() < 0.4:
        p.stroke([(0.2, -0.8), (0.42, -1.05)], 0.09, GOLD)
