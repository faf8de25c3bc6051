"""Pictures of a run: losses over the steps, and recall over the hours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PLOTTED = {
    "blocks": "loss",
    "anchors": "loss",
    "text": "cosine",
    "join": "loss",
    "settle": "loss",
    "polish": "loss",
}


def plot_losses(log: list[dict[str, Any]], path: Path) -> None:
    """One small panel a stage that ran, losses against steps."""
    ran = {stage: [line for line in log if line["stage"] == stage] for stage in PLOTTED}
    shown = {
        stage: key for stage, key in PLOTTED.items() if any(key in line for line in ran[stage])
    }
    figure, axes = _figure(len(shown))
    for axis, (stage, key) in zip(axes, shown.items(), strict=True):
        lines = [line for line in ran[stage] if key in line]
        axis.plot([line["step"] for line in lines], [line[key] for line in lines])
        axis.set_title(f"{stage}: {key}", fontsize=9)
        axis.set_xlabel("step", fontsize=8)
    _save(figure, path)


def plot_recall(points: list[tuple[float, float]], bound: float, path: Path) -> None:
    """Flickr8k text to image recall@10 against minutes of the image tower's training."""
    figure, (axis,) = _figure(1)
    axis.plot([minutes for minutes, _ in points], [recall for _, recall in points], marker="o")
    axis.axhline(bound, linestyle="--", linewidth=1)
    axis.axhline(0.447, linestyle=":", linewidth=1)
    axis.set_title("recall@10 of 1,000; dashes: the teachers, dots: DVSA 2015", fontsize=8)
    axis.set_xlabel("minutes of training the image tower", fontsize=8)
    axis.set_ylim(0, None)
    _save(figure, path)


def _figure(n_panels: int) -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, n_panels, figsize=(3.0 * n_panels, 2.4), squeeze=False)
    return figure, axes[0]


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
