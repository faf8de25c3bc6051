"""The pen that objects are drawn with, in their own coordinates."""

import math
import random
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

from training.scenes.paint import DARK, WHITE, Coat, Ink, draw_pattern

Points = NDArray[np.float64]
Outline = Sequence[tuple[float, float]]

_REACH = 1.3
_CURVE_STEPS = 6
_MIN_SPACING = 0.045


class Pen:
    """Draws one object on a canvas.

    An object fills the square from (-1, -1), top left, to (1, 1), bottom right, and stands on
    y = 1. Shapes in the coat's base ink wear the pattern; highlights lie above it, so `finish`
    lays on first the pattern, then the highlights.
    """

    def __init__(
        self,
        canvas: Image.Image,
        *,
        x: float,
        y: float,
        radius: float,
        coat: Coat,
        pattern: str,
        rng: random.Random,
        tilt: float = 0.0,
        flip: bool = False,
        line_width: int = 0,
    ) -> None:
        self.rng = rng
        self.coat = coat.base
        self.shade = coat.shade
        self.tint = coat.tint
        self._palette = coat
        self._pattern = pattern
        self._canvas = canvas
        self._radius = radius
        self._line_width = line_width
        self._pencil = ImageDraw.Draw(canvas)
        cos, sin, side = math.cos(tilt), math.sin(tilt), -1.0 if flip else 1.0
        self._matrix = radius * np.array([[cos * side, sin * side], [-sin, cos]])
        self._centre = np.array([x, y])
        self._corner = (int(x - _REACH * radius), int(y - _REACH * radius))
        side_px = int(2 * _REACH * radius) + 1
        self._mask = Image.new("L", (side_px, side_px)) if pattern != "plain" else None
        self._mask_pencil = ImageDraw.Draw(self._mask) if self._mask else None
        self._highlights: list[tuple[Points, tuple[int, int, int, int]]] = []

    def u(self, low: float, high: float) -> float:
        """A number between `low` and `high`, the next of the object's own lot."""
        return self.rng.uniform(low, high)

    def poly(self, corners: Outline | Points, ink: Ink) -> None:
        """Fill the polygon with these corners."""
        self._fill(np.asarray(corners, dtype=np.float64), ink)

    def blob(self, through: Outline, ink: Ink) -> None:
        """Fill the smooth closed curve through these points."""
        self._fill(smooth(np.asarray(through, dtype=np.float64)), ink)

    def oval(
        self, x: float, y: float, rx: float, ry: float, ink: Ink, *, turn: float = 0.0
    ) -> None:
        """Fill an ellipse, turned clockwise by `turn` radians."""
        self._fill(ellipse(x, y, rx, ry, turn), ink)

    def disc(self, x: float, y: float, r: float, ink: Ink) -> None:
        """Fill a circle."""
        self._fill(ellipse(x, y, r, r), ink)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, ink: Ink, *, corner: float = 0.0
    ) -> None:
        """Fill an upright rectangle, its corners rounded by `corner`."""
        if corner <= 0:
            self._fill(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]), ink)
            return
        arc = _unit_circle(12)
        dx, dy = np.sign(arc[:, 0] + 1e-9), np.sign(arc[:, 1] + 1e-9)
        cx = np.where(dx > 0, x1 - corner, x0 + corner)
        cy = np.where(dy > 0, y1 - corner, y0 + corner)
        self._fill(np.stack([cx, cy], axis=1) + corner * arc, ink)

    def stroke(self, through: Outline, width: float, ink: Ink, *, curved: bool = True) -> None:
        """Draw a round-ended line through these points."""
        points = np.asarray(through, dtype=np.float64)
        if curved and len(points) > 2:
            points = _smooth_open(points)
        placed = points @ self._matrix + self._centre
        width_px = max(1, round(width * self._radius))
        if ink.outlined and self._line_width and width_px > 2:
            outer = width_px + 2 * self._line_width
            _draw_line(self._pencil, placed, outer, self._palette.outline)
        _draw_line(self._pencil, placed, width_px, ink.rgb)
        if self._mask_pencil is not None:
            value = 255 if ink.patterned else 0
            _draw_line(self._mask_pencil, placed - self._corner, width_px, value)

    def eye(self, x: float, y: float, r: float, *, white: bool = False) -> None:
        """Draw a round eye with a glint."""
        if white:
            self.disc(x, y, r * 1.7, WHITE)
        self.disc(x, y, r, DARK)
        self.disc(x + r * 0.3, y - r * 0.35, r * 0.35, WHITE)

    def gloss(
        self, x: float, y: float, rx: float, ry: float, *, turn: float = 0.0, alpha: int = 70
    ) -> None:
        """Lay a soft white highlight above the pattern."""
        self._highlights.append((ellipse(x, y, rx, ry, turn), (255, 255, 255, alpha)))

    def gloom(self, corners: Outline, *, alpha: int = 40) -> None:
        """Lay a soft shadow through these points above the pattern."""
        curve = smooth(np.asarray(corners, dtype=np.float64))
        self._highlights.append((curve, (20, 16, 40, alpha)))

    def finish(self) -> None:
        """Lay on the pattern, then the highlights."""
        if self._mask is not None:
            spacing = max(self._radius * self.u(0.26, 0.36), self._canvas.height * _MIN_SPACING)
            marks = draw_pattern(self._pattern, self._mask.size, spacing, self.rng)
            self._canvas.paste(
                self._palette.accent, self._corner, ImageChops.darker(marks, self._mask)
            )
        if self._highlights:
            pencil = ImageDraw.Draw(self._canvas, "RGBA")
            for points, rgba in self._highlights:
                pencil.polygon((points @ self._matrix + self._centre).ravel().tolist(), rgba)

    def _fill(self, points: Points, ink: Ink) -> None:
        placed = points @ self._matrix + self._centre
        flat: list[float] = placed.ravel().tolist()
        self._pencil.polygon(flat, fill=ink.rgb)
        if self._mask_pencil is not None:
            local: list[float] = (placed - self._corner).ravel().tolist()
            self._mask_pencil.polygon(local, fill=255 if ink.patterned else 0)
        if ink.outlined and self._line_width:
            ring = flat + flat[:2]
            self._pencil.line(ring, fill=self._palette.outline, width=self._line_width)
            if self._mask_pencil is not None:
                self._mask_pencil.line(local + local[:2], fill=0, width=self._line_width)


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Points:
    """Points of an ellipse, shape (24, 2)."""
    points = _unit_circle(24) * (rx, ry)
    if turn:
        cos, sin = math.cos(turn), math.sin(turn)
        points = np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))
    moved: Points = points + np.array([x, y])
    return moved


def smooth(points: Points) -> Points:
    """A closed Catmull-Rom curve through the points, six to each of them."""
    ring = _ring(len(points))
    curve: Points = np.einsum("sk,nkd->nsd", _basis(), points[ring]).reshape(-1, 2)
    return curve


def _smooth_open(points: Points) -> Points:
    padded = np.concatenate([points[:1], points, points[-1:]])
    window = np.arange(len(points) - 1)[:, None] + np.arange(4)
    curve = np.einsum("sk,nkd->nsd", _basis(), padded[window]).reshape(-1, 2)
    return np.concatenate([curve, points[-1:]])


def _draw_line(
    pencil: ImageDraw.ImageDraw, points: Points, width: int, fill: int | tuple[int, int, int]
) -> None:
    flat: list[float] = points.ravel().tolist()
    pencil.line(flat, fill=fill, width=width, joint="curve" if width > 3 else None)
    if width > 2:
        r = width / 2 - 0.5
        for x, y in (flat[:2], flat[-2:]):
            pencil.ellipse((x - r, y - r, x + r, y + r), fill=fill)


@cache
def _unit_circle(n: int) -> Points:
    angle = np.arange(n) * (2 * math.pi / n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@cache
def _ring(n: int) -> NDArray[np.int64]:
    ring: NDArray[np.int64] = (np.arange(n)[:, None] + np.array([-1, 0, 1, 2])) % n
    return ring


@cache
def _basis() -> Points:
    t = np.arange(_CURVE_STEPS) / _CURVE_STEPS
    powers = np.stack([t**3, t**2, t, np.ones_like(t)], axis=1)
    catmull_rom = np.array([[-1, 3, -3, 1], [2, -5, 4, -1], [-1, 0, 1, 0], [0, 2, 0, 0]])
    return np.asarray(powers @ catmull_rom * 0.5, dtype=np.float64)
