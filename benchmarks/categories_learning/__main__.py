"""Print the table and draw the curve: `python -m benchmarks.categories_learning`.

The first two sets are the photos that training kept out. With `--checkouts` they are judged again
together with those that training never had, see `upstream`; the curve is of these.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.categories_learning.labelled import clothing, groceries
from benchmarks.categories_learning.steps import Step, steps
from search.bootstrap import open_embedder
from search.categories.heads import fit_head

FIGURES = Path(__file__).parent / "figures.json"
CURVE = Path("docs/images/categories-learning.svg")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, draw, and write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.categories_learning")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--checkouts",
        type=Path,
        help="folder with the sets' repositories, for photos that --data leaves out",
    )
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--out", type=Path, default=FIGURES)
    parser.add_argument("--curve", type=Path, default=CURVE)
    chosen = parser.parse_args(arguments)
    if not (chosen.data / "grocery.jsonl").is_file():
        sys.exit(f"No photos under {chosen.data}: pass --data.")
    embedder = open_embedder(chosen.model)
    found: dict[str, list[Step]] = {}
    about: dict[str, Any] = {}
    for checkouts in (None, chosen.checkouts) if chosen.checkouts else (None,):
        for read in (groceries, clothing):
            photos = read(embedder, chosen.data, checkouts)
            name = photos.name if checkouts is None else f"{photos.name}, all"
            found[name] = steps(photos)
            about[name] = {"photos": len(photos.labels), "classes": len(photos.classes)}
            show(f"{name}: {about[name]}", found[name])
    seconds = time_of_training()
    print(f"a head of 10,000 labels of 512 numbers, 50 classes: {seconds:.2f} s of one processor")
    largest = [name for name in found if f"{name}, all" not in found]
    curve({name: found[name] for name in largest}, chosen.curve)
    rows = {name: [asdict(step) for step in some] for name, some in found.items()}
    figures = {"model": chosen.model, "sets": about, "steps": rows, "training_s": seconds}
    chosen.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def show(title: str, some: list[Step]) -> None:
    print(f"\n{title}\n{'':12} {'labels':>7} {'accuracy':>9} {'ECE':>6} {'by chance':>10}")
    for step in some:
        print(
            f"{step.name:12} {step.n_labels:7.0f} {step.accuracy:9.3f} {step.error:6.3f} "
            f"{step.floor:10.3f}",
            flush=True,
        )


def time_of_training() -> float:
    """Seconds of processor time, the best of three."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 50, 10_000)
    centres = rng.standard_normal((50, 512))
    rows = centres[labels] + 4 * rng.standard_normal((10_000, 512))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    zero_shot = 20 * rows @ centres.T.astype(np.float32) / 22
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        fit_head(rows, labels, zero_shot, [str(number) for number in range(50)])
        best = min(best, time.process_time() - began)
    return best


def curve(found: dict[str, list[Step]], path: Path) -> None:
    """Accuracy and calibration error, step by step."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "sightline"
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.4))
    for name, some in found.items():
        names = [step.name for step in some]
        word = name.partition(",")[0]
        left.plot(names, [step.accuracy for step in some], marker="o", label=word)
        (line,) = right.plot(names, [step.error for step in some], marker="o", label=word)
        floors = [step.floor for step in some]
        right.plot(names, floors, linestyle=":", color=line.get_color())
    left.set_title("top-1 accuracy of kept-out photos", fontsize=10)
    right.set_title("expected calibration error; dots: by chance alone", fontsize=10)
    right.axhline(0.05, color="grey", linewidth=0.8, linestyle="--")
    right.set_ylim(0, None)
    for axis in (left, right):
        axis.tick_params(axis="x", labelsize=8)
        axis.legend(fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
