"""How a run went: `python -m benchmarks.tiny.progress --run build/tiny` plots losses and recall.

Recall is measured on the snapshots that the run left: the finished text tower asks, and each
snapshot of the image tower answers.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.tiny.measures import ranks_of_answers, retrieval
from benchmarks.tiny.towers import Tiny
from training.loop import read_log, stage_seconds
from training.photos import Photo, read_photos
from training.plots import plot_losses, plot_recall

_FIGURES = Path(__file__).parent / "progress.json"
_LOG = Path(__file__).parent / "training-log.jsonl"
_LOSSES, _RECALL = Path("docs/images/tiny-loss.png"), Path("docs/images/tiny-recall.png")
# The stages of the image tower, in the order in which they ran; `blocks` leaves no snapshots.
_STAGES = ("blocks", "join", "polish")


@dataclass(frozen=True)
class Snapshot:
    """The image tower after some `minutes` of its training."""

    path: Path
    minutes: float


def snapshots(run: Path) -> list[Snapshot]:
    """All snapshots of a run, oldest first; minutes count every stage of the image tower."""
    seconds = stage_seconds(read_log(run / "log.jsonl"))
    found = []
    for at, stage in enumerate(_STAGES):
        before = sum(seconds.get(earlier, 0.0) for earlier in _STAGES[:at])
        for path in sorted((run / "snapshots").glob(f"{stage}-*.pt")):
            taken = float(torch.load(path, weights_only=True)["seconds"])
            found.append(Snapshot(path, (before + taken) / 60))
    return found


def recall_at_10(tiny: Tiny, photos: list[Photo]) -> float:
    """Text to image recall@10 among the photos, by all of their captions."""
    images = tiny.images([photo.open for photo in photos])
    texts = tiny.texts([caption for photo in photos for caption in photo.captions])
    owner = np.repeat(np.arange(len(photos)), [len(photo.captions) for photo in photos])
    ranks = ranks_of_answers(texts @ images.T, owner[:, None] == np.arange(len(photos))[None])
    return retrieval(ranks)["recall@10"]


def load_trunk(tiny: Tiny, path: Path) -> None:
    """Put a snapshot of the image tower into the model."""
    state = torch.load(path, weights_only=True)["part"]
    prefix = "module.trunk."
    trunk = {name.removeprefix(prefix): v for name, v in state.items() if name.startswith(prefix)}
    tiny.model.visual.trunk.load_state_dict(trunk)


def main() -> None:
    """Measure every n-th snapshot, print, and write figures, plots and the run's log."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiny.progress", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--run", type=Path, default=Path("build/tiny"))
    parser.add_argument("--model", type=Path, default=None, help="a folder instead of the shipped")
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--bound", type=float, required=True, help="recall@10 of the teachers")
    chosen = parser.parse_args()
    photos = [p for p in read_photos(chosen.data, ("flickr8k",)) if p.is_test]
    tiny = Tiny(chosen.model)
    points = []
    for snapshot in snapshots(chosen.run)[:: -chosen.every][::-1]:
        load_trunk(tiny, snapshot.path)
        points.append((round(snapshot.minutes, 1), round(recall_at_10(tiny, photos), 4)))
        print(f"{points[-1][0]:7.1f} min  recall@10 {points[-1][1]:.3f}", flush=True)
    _FIGURES.write_text(json.dumps({"minutes and recall@10": points}) + "\n", encoding="utf-8")
    plot_recall(points, chosen.bound, _RECALL)
    plot_losses(read_log(chosen.run / "log.jsonl"), _LOSSES)
    shutil.copyfile(chosen.run / "log.jsonl", _LOG)


if __name__ == "__main__":
    main()
