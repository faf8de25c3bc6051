"""Animals."""

import math

from training.scenes.paint import CREAM, DARK, FLAME, ROSE, WHITE, Ink
from training.scenes.pen import Pen


def cat(p: Pen) -> None:
    """Sits and looks at us: pointed ears, whiskers, a long tail."""
    wide = p.u(0.42, 0.54)
    p.stroke(
        [(0.3, 0.85), (0.75, 0.75), (0.85, p.u(0.1, 0.4)), (0.7, p.u(-0.1, 0.1))], 0.16, p.coat
    )
    p.blob(
        [(-0.2, -0.1), (0.2, -0.1), (wide, 0.6), (0.4, 0.97), (-0.4, 0.97), (-wide, 0.6)], p.coat
    )
    p.oval(-0.2, 0.9, 0.17, 0.1, p.coat)
    p.oval(0.2, 0.9, 0.17, 0.1, p.coat)
    hx, hy, r = p.u(-0.08, 0.08), -0.35, p.u(0.42, 0.48)
    for side in (-1, 1):
        ear = [
            (hx + side * 0.1, hy - 0.3),
            (hx + side * 0.4, hy - 0.68),
            (hx + side * 0.44, hy - 0.1),
        ]
        p.poly(ear, p.coat)
        inner = [
            (hx + side * 0.2, hy - 0.32),
            (hx + side * 0.37, hy - 0.55),
            (hx + side * 0.38, hy - 0.2),
        ]
        p.poly(inner, ROSE)
    p.oval(hx, hy, r, r * 0.84, p.coat)
    for side in (-1, 1):
        p.eye(hx + side * 0.18, hy - 0.04, 0.075)
        for dy in (-0.04, 0.05):
            p.stroke(
                [(hx + side * 0.14, hy + 0.16), (hx + side * 0.56, hy + 0.14 + dy * 2)], 0.022, DARK
            )
    p.poly([(hx - 0.06, hy + 0.09), (hx + 0.06, hy + 0.09), (hx, hy + 0.17)], ROSE)
    p.stroke([(hx - 0.1, hy + 0.23), (hx, hy + 0.17), (hx + 0.1, hy + 0.23)], 0.03, DARK)


def dog(p: Pen) -> None:
    """Stands in profile: hanging ears, a long muzzle, a raised tail."""
    back = p.u(0.0, 0.1)
    p.stroke([(-0.65, back), (-0.88, back - 0.25), (-0.85, back - 0.5)], 0.13, p.coat)
    for x in (-0.52, -0.32, 0.22, 0.42):
        p.box(x - 0.09, 0.3, x + 0.09, 0.97, p.shade if x in (-0.32, 0.22) else p.coat, corner=0.07)
    p.blob(
        [(-0.7, back), (0.1, back + 0.02), (0.5, -0.1), (0.55, 0.35), (0.1, 0.5), (-0.6, 0.5)],
        p.coat,
    )
    hx, hy = 0.5, p.u(-0.5, -0.38)
    p.blob([(hx - 0.25, hy + 0.55), (hx - 0.3, hy), (hx + 0.1, hy), (hx + 0.1, hy + 0.55)], p.coat)
    p.oval(hx + 0.3, hy + 0.1, 0.27, 0.16, p.coat)
    p.oval(hx, hy, 0.31, 0.29, p.coat)
    p.oval(hx + 0.28, hy + 0.1, 0.22, 0.12, p.coat._replace(outlined=False))
    p.oval(hx + 0.55, hy + 0.03, 0.08, 0.065, DARK)
    p.blob(
        [
            (hx - 0.18, hy - 0.2),
            (hx + 0.02, hy - 0.1),
            (hx - 0.06, hy + 0.38),
            (hx - 0.3, hy + 0.36),
        ],
        p.shade,
    )
    p.eye(hx + 0.12, hy - 0.06, 0.06)
    p.stroke([(hx + 0.22, hy + 0.2), (hx + 0.45, hy + 0.19)], 0.03, DARK)
    if p.rng.random() < 0.6:
        p.oval(hx + 0.33, hy + 0.28, 0.07, 0.12, ROSE)
    p.box(
        hx - 0.26,
        hy + 0.34,
        hx + 0.08,
        hy + 0.44,
        Ink((200, 60, 60)) if p.rng.random() < 0.5 else DARK,
    )


def rabbit(p: Pen) -> None:
    """Sits upright: two long ears, a round tail."""
    lean, tall = p.u(-0.12, 0.12), p.u(0.34, 0.44)
    p.disc(0.5, 0.72, 0.15, WHITE)
    p.oval(0.0, 0.52, 0.46, 0.46, p.coat)
    for side in (-1, 1):
        x = side * 0.17
        p.oval(x + lean, -0.62, 0.12, tall, p.coat, turn=side * 0.15 + lean)
        p.oval(x + lean, -0.6, 0.06, tall * 0.75, ROSE, turn=side * 0.15 + lean)
    p.oval(0.0, -0.12, 0.37, 0.34, p.coat)
    p.oval(-0.24, 0.9, 0.2, 0.1, p.coat)
    p.oval(0.24, 0.9, 0.2, 0.1, p.coat)
    for side in (-1, 1):
        p.eye(side * 0.16, -0.16, 0.065)
        p.oval(side * 0.08, 0.04, 0.1, 0.08, CREAM)
    p.oval(0.0, -0.03, 0.055, 0.04, ROSE)
    p.box(-0.06, 0.1, 0.06, 0.2, WHITE)
    p.oval(0.0, 0.56, 0.22, 0.27, p.tint)


def fish(p: Pen) -> None:
    """Swims in profile: a forked tail, fins, a round eye."""
    tall = p.u(0.42, 0.58)
    p.poly([(-0.5, 0.0), (-0.98, -0.48), (-0.82, 0.0), (-0.98, 0.48)], p.coat)
    p.blob([(-0.25, -tall + 0.1), (0.05, -tall - 0.28), (0.4, -tall + 0.12)], p.shade)
    p.blob([(-0.1, tall - 0.1), (0.0, tall + 0.2), (0.25, tall - 0.1)], p.shade)
    p.blob(
        [
            (-0.62, 0.0),
            (-0.2, -tall),
            (0.4, -tall * 0.85),
            (0.92, 0.02),
            (0.4, tall * 0.85),
            (-0.2, tall),
        ],
        p.coat,
    )
    p.blob([(0.0, 0.02), (-0.28, 0.24), (-0.1, -0.12)], p.shade)
    p.stroke([(0.42, -tall * 0.7), (0.3, 0.0), (0.42, tall * 0.7)], 0.035, p.shade)
    p.eye(0.6, -0.13, 0.075, white=True)
    p.stroke([(0.84, 0.16), (0.7, 0.18)], 0.035, DARK)
    p.gloss(0.05, -tall * 0.55, 0.35, 0.09)


def bird(p: Pen) -> None:
    """Perches or flies: a beak, a wing, a fanned tail."""
    flying = p.rng.random() < 0.5
    p.poly([(-0.45, 0.1), (-1.0, 0.1), (-0.98, 0.3), (-0.9, 0.42), (-0.4, 0.35)], p.shade)
    if not flying:
        for x in (-0.02, 0.16):
            p.stroke([(x, 0.5), (x, 0.92), (x + 0.14, 0.95)], 0.05, FLAME, curved=False)
    if flying:
        p.blob([(-0.25, 0.0), (-0.5, -0.85), (-0.15, -0.75), (0.3, 0.0)], p.shade)
    p.blob([(-0.6, 0.2), (-0.1, -0.1), (0.3, -0.2), (0.5, 0.15), (0.2, 0.55), (-0.2, 0.55)], p.coat)
    p.poly([(0.72, -0.36), (1.0, -0.2), (0.7, -0.14)], FLAME)
    p.disc(0.45, -0.24, 0.32, p.coat)
    p.eye(0.55, -0.3, 0.07)
    if flying:
        p.blob([(-0.3, 0.15), (-0.75, -0.65), (-0.3, -0.75), (0.25, 0.15), (0.0, 0.3)], p.coat)
    else:
        p.blob([(0.22, 0.05), (0.1, 0.42), (-0.5, 0.38), (-0.25, 0.1)], p.shade)


def duck(p: Pen) -> None:
    """Floats in profile: a broad beak, a curled tail."""
    p.blob(
        [
            (-0.95, 0.05),
            (-0.6, 0.3),
            (0.3, 0.22),
            (0.7, 0.5),
            (0.45, 0.88),
            (-0.3, 0.95),
            (-0.75, 0.65),
        ],
        p.coat,
    )
    hy = p.u(-0.4, -0.3)
    p.blob([(0.12, hy), (0.62, hy), (0.66, 0.55), (0.1, 0.5)], p.coat)
    p.blob([(0.72, hy - 0.06), (1.08, hy + 0.04), (1.05, hy + 0.16), (0.7, hy + 0.18)], FLAME)
    p.disc(0.4, hy, 0.36, p.coat)
    p.oval(0.38, 0.42, 0.24, 0.16, p.coat._replace(outlined=False))
    p.eye(0.52, hy - 0.08, 0.07)
    p.blob([(0.15, 0.45), (-0.05, 0.75), (-0.55, 0.6), (-0.45, 0.42)], p.shade)


def owl(p: Pen) -> None:
    """Faces us: two great round eyes, ear tufts, folded wings."""
    wide = p.u(0.55, 0.65)
    for side in (-1, 1):
        p.poly([(side * 0.15, -0.7), (side * 0.52, -0.98), (side * 0.56, -0.4)], p.coat)
    p.blob(
        [
            (-0.5, -0.7),
            (0.5, -0.7),
            (wide, 0.1),
            (0.45, 0.85),
            (0.0, 0.95),
            (-0.45, 0.85),
            (-wide, 0.1),
        ],
        p.coat,
    )
    p.oval(0.0, 0.45, 0.32, 0.4, p.tint)
    for side in (-1, 1):
        p.blob([(side * 0.5, -0.1), (side * (wide + 0.1), 0.4), (side * 0.4, 0.75)], p.shade)
        p.disc(side * 0.25, -0.38, 0.25, WHITE)
        p.disc(side * 0.23, -0.37, 0.13, DARK)
        p.disc(side * 0.2, -0.42, 0.045, WHITE)
        p.oval(side * 0.17, 0.93, 0.13, 0.06, FLAME)
    p.poly([(-0.09, -0.24), (0.09, -0.24), (0.0, -0.05)], FLAME)


def turtle(p: Pen) -> None:
    """Walks in profile under a domed shell."""
    skin = Ink((150, 178, 100))
    p.poly([(-0.85, 0.62), (-1.0, 0.8), (-0.7, 0.75)], skin)
    for x in (-0.55, 0.35):
        p.box(x - 0.14, 0.5, x + 0.14, 0.97, skin, corner=0.1)
    p.blob([(0.5, 0.5), (0.7, p.u(-0.05, 0.1)), (0.98, 0.08), (0.98, 0.3), (0.8, 0.65)], skin)
    p.eye(0.86, 0.15, 0.055)
    p.stroke([(0.82, 0.32), (0.96, 0.29)], 0.025, DARK)
    top = p.u(-0.55, -0.4)
    p.blob(
        [(-0.88, 0.62), (-0.75, 0.0), (-0.1, top), (0.5, 0.0), (0.66, 0.62), (-0.1, 0.7)], p.coat
    )
    p.stroke([(-0.86, 0.62), (-0.1, 0.7), (0.64, 0.62)], 0.1, p.shade)
    for x in (-0.42, -0.1, 0.22):
        p.stroke([(x * 0.5 - 0.06, top + 0.12), (x * 1.3, 0.55)], 0.03, p.shade)


def snail(p: Pen) -> None:
    """Creeps along under a spiral shell, two horns up."""
    skin = Ink((214, 184, 140))
    p.blob(
        [(-0.98, 0.93), (-0.4, 0.7), (0.4, 0.7), (0.55, 0.0), (0.85, 0.0), (0.9, 0.6), (0.6, 0.95)],
        skin,
    )
    for x, top in ((0.6, -0.45), (0.86, -0.42)):
        p.stroke([(0.72, 0.05), (x, top)], 0.06, skin)
        p.disc(x, top, 0.075, DARK)
    p.stroke([(0.7, 0.3), (0.86, 0.27)], 0.03, DARK)
    r, cx, cy = p.u(0.54, 0.6), -0.2, 0.2
    p.disc(cx, cy, r, p.coat)
    turns = [
        (
            cx + r * (1 - i / 17) * 0.84 * math.cos(i * 0.72 + 0.6),
            cy + r * (1 - i / 17) * 0.84 * math.sin(i * 0.72 + 0.6),
        )
        for i in range(16)
    ]
    p.stroke(turns, 0.06, p.shade)


def butterfly(p: Pen) -> None:
    """Spreads four wings, two feelers."""
    spread, droop = p.u(0.85, 1.0), p.u(0.75, 0.95)
    for side in (-1, 1):
        p.blob(
            [
                (0.0, 0.05),
                (side * 0.35, 0.1),
                (side * 0.7 * spread, 0.45),
                (side * 0.45, droop),
                (side * 0.1, 0.5),
            ],
            p.shade,
        )
        p.blob(
            [
                (0.0, 0.1),
                (side * 0.2, -0.4),
                (side * 0.7, -0.85),
                (side * spread, -0.6),
                (side * 0.8, 0.05),
                (side * 0.3, 0.2),
            ],
            p.coat,
        )
        p.disc(side * 0.68 * spread, -0.42, 0.12, p.tint)
        p.disc(side * 0.4, 0.5, 0.09, p.tint)
        p.stroke([(0.0, -0.4), (side * 0.1, -0.7), (side * 0.26, -0.88)], 0.03, DARK)
    p.oval(0.0, 0.1, 0.08, 0.5, DARK)
    p.disc(0.0, -0.42, 0.1, DARK)


def elephant(p: Pen) -> None:
    """Stands in profile: a trunk, a great ear, a tusk."""
    p.stroke([(-0.82, 0.0), (-0.96, 0.3), (-0.92, 0.5)], 0.05, p.shade)
    for x in (-0.6, -0.3, 0.1, 0.36):
        p.box(x - 0.13, 0.3, x + 0.13, 0.97, p.shade if x in (-0.3, 0.1) else p.coat, corner=0.06)
    p.blob(
        [
            (-0.85, 0.2),
            (-0.7, -0.3),
            (-0.1, -0.42),
            (0.4, -0.2),
            (0.5, 0.4),
            (0.0, 0.58),
            (-0.7, 0.55),
        ],
        p.coat,
    )
    lift = p.u(0.2, 0.75)
    p.stroke([(0.72, -0.1), (0.9, 0.25), (0.84, lift), (1.0, lift + 0.06)], 0.19, p.coat)
    p.oval(0.55, -0.25, 0.36, 0.38, p.coat)
    p.blob([(0.4, -0.55), (0.1, -0.6), (-0.02, -0.15), (0.2, 0.2), (0.42, 0.0)], p.shade)
    p.eye(0.68, -0.32, 0.055)
    p.stroke([(0.68, 0.08), (0.8, 0.28), (0.94, 0.28)], 0.07, WHITE)
