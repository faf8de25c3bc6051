"""Plants."""

import math

from training.scenes.paint import CREAM, GOLD, LEAF, ROSE, WOOD, Ink
from training.scenes.pen import Pen


def tree(p: Pen) -> None:
    """A trunk under a round crown."""
    p.poly([(-0.1, 0.0), (0.1, 0.0), (0.18, 0.97), (-0.18, 0.97)], WOOD._replace(outlined=True))
    p.stroke([(0.0, 0.4), (0.28, 0.1)], 0.09, WOOD)
    n, w = 18, p.u(0.68, 0.84)
    crown = []
    for i in range(n):
        a = i * 2 * math.pi / n
        r = 1.0 + p.u(0.0, 0.08) if i % 2 else p.u(0.86, 0.92)
        crown.append((w * r * math.cos(a), -0.35 + 0.6 * r * math.sin(a)))
    p.blob(crown, p.coat)
    p.gloss(-0.25, -0.6, 0.26, 0.16, turn=-0.4, alpha=50)
    p.gloom([(0.1, 0.1), (0.6, -0.2), (0.66, -0.45), (0.3, -0.1), (-0.3, 0.16)], alpha=40)


def flower(p: Pen) -> None:
    """Petals round a golden heart on a leafy stem."""
    n, r = p.rng.choice((5, 6, 7, 8)), p.u(0.2, 0.25)
    p.stroke([(0.0, -0.2), (p.u(-0.08, 0.08), 0.4), (0.0, 0.97)], 0.09, LEAF)
    p.blob([(0.0, 0.72), (0.3, 0.4), (0.6, 0.36), (0.36, 0.68)], LEAF)
    p.blob([(0.0, 0.82), (-0.3, 0.52), (-0.58, 0.5), (-0.34, 0.78)], LEAF)
    turn = p.u(0, 1)
    for i in range(n):
        a = turn + i * 2 * math.pi / n
        p.oval(0.36 * math.cos(a), -0.38 + 0.36 * math.sin(a), 0.3, r, p.coat, turn=a)
    p.disc(0.0, -0.38, 0.2, GOLD._replace(outlined=True))


def mushroom(p: Pen) -> None:
    """A broad cap on a pale stalk."""
    w = p.u(0.2, 0.3)
    p.blob(
        [(-w, 0.0), (w, 0.0), (w * 0.9, 0.5), (w * 1.3, 0.92), (-w * 1.3, 0.92), (-w * 0.9, 0.5)],
        CREAM._replace(outlined=True),
    )
    p.blob(
        [
            (-0.95, 0.1),
            (-0.7, -0.5),
            (0.0, p.u(-0.92, -0.75)),
            (0.7, -0.5),
            (0.95, 0.1),
            (0.5, 0.2),
            (0.0, 0.14),
            (-0.5, 0.2),
        ],
        p.coat,
    )
    p.oval(0.0, 0.14, 0.6, 0.07, Ink((222, 200, 170)))
    p.gloss(-0.4, -0.42, 0.2, 0.1, turn=-0.6, alpha=80)


def cactus(p: Pen) -> None:
    """A column with two arms in a pot."""
    left, right = p.u(-0.3, 0.0), p.u(-0.45, -0.1)
    p.stroke([(0.0, 0.35), (-0.5, 0.3), (-0.54, left)], 0.26, p.coat)
    p.stroke([(0.0, 0.1), (0.5, 0.05), (0.54, right)], 0.24, p.coat)
    p.box(-0.25, -0.92, 0.25, 0.6, p.coat, corner=0.24)
    for x in (-0.09, 0.09):
        p.stroke([(x, -0.7), (x, 0.45)], 0.03, p.shade._replace(outlined=False))
    p.disc(0.0, -0.92, 0.1, ROSE)
    p.poly(
        [(-0.46, 0.5), (0.46, 0.5), (0.36, 0.95), (-0.36, 0.95)], Ink((190, 106, 70), outlined=True)
    )
    p.box(-0.52, 0.46, 0.52, 0.6, Ink((172, 92, 60), outlined=True))
