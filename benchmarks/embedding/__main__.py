"""Images a second from JPEG files to stored vectors, beside open_clip's own loop.

    python -m benchmarks.embedding --data ../shared/data
    python -m benchmarks.embedding --data ../shared/data --photos 200 --large 24 --runs 1

ViT-B/32 at random weights of a fixed seed: they cost what trained ones cost. The peer is a
DataLoader over open_clip's transform with the model in float32, at the best of its own settings;
the model alone is ours on pictures that lie decoded in memory, before and after each run of ours,
since a machine that others share is faster at one minute than at the next.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.embedding.loops import OpenClipsLoop, Timed, model_alone, ours
from benchmarks.embedding.photos import large_photos, small_photos
from search.bootstrap import open_embedder
from search.settings import Settings
from tests.support.models import random_checkpoint

ARCHITECTURE = "ViT-B-32"
SEED = 0
WORKERS = (0, 1, 2)
_FIGURES = Path(__file__).parent / "figures.json"


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the runs.

    Attributes:
        times_faster: ours against open_clip's best setting.
        model_share: the model's time of ours, run by run; `least_share` and `most_share` of them.
    """

    photos: str
    n: int
    ours_per_s: float
    open_clip_per_s: float
    open_clip_workers: int
    times_faster: float
    model_alone_per_s: float
    model_share: float
    least_share: float
    most_share: float
    least_cosine: float
    mean_cosine: float


def main(arguments: list[str] | None = None) -> None:
    """Measure both kinds of photos, print, and write the same figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedding", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--large", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path, default=_FIGURES)
    chosen = parser.parse_args(arguments)
    photos = small_photos(chosen.data, chosen.photos)
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as work:
        large = large_photos(photos, chosen.large, Path(work) / "large")
        found = {"machine": platform.processor() or platform.machine()}
        sets = {"under 200 px": photos, "12 megapixels": large}
        found["sets"] = [
            asdict(compare(name, paths, chosen.runs, Path(work) / f"set{place}"))
            for place, (name, paths) in enumerate(sets.items())
        ]
    print(json.dumps(found, indent=2))
    chosen.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def compare(name: str, paths: list[Path], n_runs: int, work: Path) -> Figures:
    """The two loops in turn, `n_runs` times, over the same files."""
    checkpoint = random_checkpoint(ARCHITECTURE, SEED)
    spec = f"{ARCHITECTURE}@{checkpoint}"
    embedder = open_embedder(spec, Settings(home=work / "models"))
    theirs = OpenClipsLoop(ARCHITECTURE, checkpoint)
    sample = paths[: min(len(paths), 96)]
    model_alone(embedder, 64)
    best = min(WORKERS, key=lambda n: theirs.run(sample, n).seconds)
    alone: list[float] = []
    mine: list[Timed] = []
    others: list[Timed] = []
    for run in range(n_runs):
        before = model_alone(embedder, len(paths))
        mine.append(ours(paths, spec, embedder, work / f"home{run}"))
        alone.append((before + model_alone(embedder, len(paths))) / 2)
        others.append(theirs.run(paths, best))
    shares = [model / whole.seconds for model, whole in zip(alone, mine, strict=True)]
    cosines = [float(mine[-1].vectors[path] @ others[-1].vectors[path]) for path in paths]
    n, seconds = len(paths), statistics.median(run.seconds for run in mine)
    their_seconds = statistics.median(run.seconds for run in others)
    return Figures(
        photos=name,
        n=n,
        ours_per_s=round(n / seconds, 2),
        open_clip_per_s=round(n / their_seconds, 2),
        open_clip_workers=best,
        times_faster=round(their_seconds / seconds, 2),
        model_alone_per_s=round(n / statistics.median(alone), 2),
        model_share=round(statistics.median(shares), 3),
        least_share=round(min(shares), 3),
        most_share=round(max(shares), 3),
        least_cosine=round(min(cosines), 5),
        mean_cosine=round(float(np.mean(cosines)), 6),
    )


if __name__ == "__main__":
    main()
