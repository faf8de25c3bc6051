"""The figures as tables of plain text."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.relevance.fitting import balanced
from benchmarks.relevance.standing import Floats
from search.relevance.scale import LINE

Truths = NDArray[np.bool_]


def area(found: Floats, other: Floats) -> float:
    """How likely one of the first exceeds one of the second, ties half; 0.5 is chance."""
    ordered = np.sort(other)
    below = np.searchsorted(ordered, found, side="left")
    ties = np.searchsorted(ordered, found, side="right") - below
    return float((below + 0.5 * ties).mean() / len(other))


def comparison(
    pairs: Iterable[tuple[str, Truths, Truths]], cosine: Floats, own: Floats
) -> list[dict[str, object]]:
    """One row a pair: areas of cosine and of relevance, wrong shares at the line."""
    rows = []
    for name, there, gone in pairs:
        rows.append(
            {
                "queries": name,
                "n": int(there.sum() + gone.sum()),
                "cosine": round(area(cosine[there], cosine[gone]), 3),
                "relevance": round(area(own[there], own[gone]), 3),
                "wrong found": round(float((own[gone] >= LINE).mean()), 3),
                "wrong nothing": round(float((own[there] < LINE).mean()), 3),
            }
        )
    return rows


def reliability(own: Floats, truth: Truths, groups: NDArray[np.str_]) -> list[dict[str, object]]:
    """Ten bins of relevance: what was said and what was true, kinds of queries weighing alike."""
    weights = balanced(truth, groups)
    bins = np.minimum((own * 10).astype(int), 9)
    rows = []
    for at in range(10):
        inside = bins == at
        if inside.any():
            shares = weights[inside] / weights[inside].sum()
            rows.append(
                {
                    "relevance": f"{at / 10:.1f}-{(at + 1) / 10:.1f}",
                    "n": int(inside.sum()),
                    "said": round(float((shares * own[inside]).sum()), 3),
                    "true": round(float((shares * truth[inside]).sum()), 3),
                }
            )
    return rows


def calibration_error(own: Floats, truth: Truths, groups: NDArray[np.str_]) -> float:
    """Mean gap between said and true over the bins, by weight, in [0, 1]; lower is better."""
    weights = balanced(truth, groups)
    bins = np.minimum((own * 10).astype(int), 9)
    gaps = [
        abs(float((weights[bins == at] * (own[bins == at] - truth[bins == at])).sum()))
        for at in np.unique(bins)
    ]
    return sum(gaps) / float(weights.sum())


def text_of(rows: list[dict[str, object]]) -> str:
    """Rows of equal keys as aligned columns."""
    if not rows:
        return ""
    names = list(rows[0])
    cells = [names, *[[_cell(row[name]) for name in names] for row in rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(names))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
