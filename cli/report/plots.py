"""Plots as inline SVG that takes its colours from the page, so that one serves light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from search.evaluation.ranking import Ints
from search.evaluation.reliability import Reliability

_SIZE = 320
_LEFT, _BOTTOM, _TOP, _RIGHT = 44, 40, 12, 12


def reliability_plot(bins: Reliability) -> str:
    """Accuracy over confidence; the diagonal is what honest probabilities would give."""
    points = list(zip(bins.confidence.tolist(), bins.accuracy.tolist(), strict=True))
    line = " ".join(f"{_x(c):.1f},{_y(a):.1f}" for c, a in points)
    gaps = "".join(
        f'<line class="gap" x1="{_x(c):.1f}" x2="{_x(c):.1f}" y1="{_y(c):.1f}" y2="{_y(a):.1f}"/>'
        for c, a in points
    )
    dots = "".join(
        f'<circle class="dot" cx="{_x(c):.1f}" cy="{_y(a):.1f}" r="4">'
        f"<title>{n} pictures: confidence {c:.2f}, right {a:.2f}</title></circle>"
        for (c, a), n in zip(points, bins.n.tolist(), strict=True)
    )
    diagonal = f'<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'
    body = _axes("probability of the guess", "share that is right")
    body += diagonal + gaps + f'<polyline class="line" points="{line}"/>' + dots
    return _svg(body, "Reliability: how often guesses of each probability are right")


def curves(ks: Sequence[int], lines: Sequence[tuple[str, Sequence[float]]], what: str) -> str:
    """Values in [0, 1] over k, one line each, with its name at its end in the legend below."""
    places = np.linspace(0.06, 0.94, len(ks)).tolist()
    ticks = "".join(
        f'<text class="tick" x="{_x(place):.1f}" y="{_SIZE - _BOTTOM + 16}" '
        f'text-anchor="middle">{k}</text>'
        for place, k in zip(places, ks, strict=True)
    )
    drawn = []
    for number, (name, values) in enumerate(lines):
        points = " ".join(f"{_x(p):.1f},{_y(v):.1f}" for p, v in zip(places, values, strict=True))
        dots = "".join(
            f'<circle cx="{_x(p):.1f}" cy="{_y(v):.1f}" r="4">'
            f"<title>{escape(name)}, {what}@{k}: {v:.3f}</title></circle>"
            for p, v, k in zip(places, values, ks, strict=True)
        )
        drawn.append(f'<g class="series s{number}"><polyline points="{points}"/>{dots}</g>')
    body = _axes("k", f"{what}@k", numbers_below=False) + ticks + "".join(drawn)
    legend = "".join(
        f'<li class="s{number}"><i></i>{escape(name)}</li>'
        for number, (name, _) in enumerate(lines)
    )
    return _svg(body, f"{what} at k") + f'<ul class="legend">{legend}</ul>'


def confusion_plot(counts: Ints, classes: Sequence[str]) -> str:
    """Labels down, guesses across, each row's shares as shades; the last column is no answer."""
    n_rows, n_columns = counts.shape
    if not counts[:, -1].any():
        n_columns -= 1
    longest = max(len(_short(name)) for name in classes)
    cell = max(14, min(34, 640 // n_columns))
    room = 7 * longest + 12
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cells = []
    for row in range(n_rows):
        for column in range(n_columns):
            if not counts[row, column]:
                continue
            guess = classes[column] if column < n_rows else "no answer"
            kind = "hit" if row == column else "miss"
            shade = 0.12 + 0.88 * float(shares[row, column])
            cells.append(
                f'<rect class="{kind}" x="{room + column * cell}" y="{room + row * cell}" '
                f'width="{cell - 1}" height="{cell - 1}" fill-opacity="{shade:.2f}">'
                f"<title>{escape(classes[row])} taken for {escape(guess)}: "
                f"{counts[row, column]}</title></rect>"
            )
    names = [*classes, "no answer"][:n_columns]
    down = "".join(
        f'<text class="tick" x="{room - 6}" y="{room + (row + 0.68) * cell:.1f}" '
        f'text-anchor="end">{escape(_short(name))}</text>'
        for row, name in enumerate(classes)
    )
    across = "".join(
        f'<text class="tick" transform="translate({room + (column + 0.65) * cell:.1f} '
        f'{room - 6}) rotate(-90)">{escape(_short(name))}</text>'
        for column, name in enumerate(names)
    )
    width, height = room + n_columns * cell + 4, room + n_rows * cell + 4
    title = "Confusion: labels down, guesses across"
    return (
        f'<svg class="wide" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{title}">{down}{across}{"".join(cells)}</svg>'
    )


def bar(share: float) -> str:
    """A small bar for a table cell; nothing where there is no figure."""
    if np.isnan(share):
        return ""
    width = f"{100 * max(0.0, min(1.0, share)):.0f}"
    return f'<span class="bar"><span style="width:{width}%"></span></span>'


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"


def _x(share: float) -> float:
    return _LEFT + share * (_SIZE - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _SIZE - _BOTTOM - share * (_SIZE - _BOTTOM - _TOP)


def _axes(below: str, beside: str, *, numbers_below: bool = True) -> str:
    parts = [f'<path class="axis" d="M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}"/>']
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path class="grid" d="M{_x(0)} {_y(tick)}H{_x(1)}"/>')
        label, level = f"{tick:g}", _y(tick) + 4
        parts.append(
            f'<text class="tick" x="{_LEFT - 6}" y="{level}" text-anchor="end">{label}</text>'
        )
        if numbers_below:
            parts.append(
                f'<text class="tick" x="{_x(tick)}" y="{_SIZE - _BOTTOM + 16}" '
                f'text-anchor="middle">{label}</text>'
            )
    middle = (_SIZE - _BOTTOM + _TOP) / 2
    parts.append(
        f'<text class="name" x="{_x(0.5)}" y="{_SIZE - 6}" text-anchor="middle">{below}</text>'
        f'<text class="name" transform="translate(10 {middle}) rotate(-90)" '
        f'text-anchor="middle">{beside}</text>'
    )
    return "".join(parts)


def _svg(body: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {_SIZE} {_SIZE}" role="img" aria-label="{escape(title)}">{body}</svg>'
    )
