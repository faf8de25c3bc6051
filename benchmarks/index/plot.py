"""Recall against queries per second, for words and for pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.vectors import SORTS


def plot(measured: Mapping[str, Sequence[Mapping[str, Any]]], path: Path) -> None:
    """One line for each contestant, through its settings."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "sightline"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(SORTS), figsize=(9, 3.8), sharey=True)
    for axis, sort in zip(axes, SORTS, strict=True):
        for name, lines in measured.items():
            points = sorted((line[sort]["recall"], 1000 / line[sort]["p50_ms"]) for line in lines)
            recalls, rates = zip(*points, strict=True) if points else ((), ())
            axis.plot(recalls, rates, marker="o", markersize=3, label=name)
        axis.set_yscale("log")
        axis.set_xlim(0.5, 1.005)
        axis.set_xlabel("recall@10")
        axis.set_title(f"{sort} as queries", fontsize=10)
    axes[0].set_ylabel("queries per second")
    axes[0].legend(fontsize=7)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
