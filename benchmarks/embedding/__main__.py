"""Images a second from JPEG files to stored vectors, beside what a user would take instead.

    python -m benchmarks.embedding --data ../shared/data
    python -m benchmarks.embedding --data ../shared/data --photos 200 --large 24 --runs 1 --peers

ViT-B/32 at random weights of a fixed seed: they cost what trained ones cost. The others are
open_clip's own loop, clip-retrieval's inference and rclip, with the same weights in float32, each
at the best of its settings and with its model loaded before; the last two are installed into
build/peers. The model alone is ours on pictures that lie decoded in memory, before and after each
run of ours, since a machine that others share is faster at one minute than at the next.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.embedding.loops import OpenClipsLoop, Setting, Timed, model_alone, ours
from benchmarks.embedding.peers.process import PEERS, Peer
from benchmarks.embedding.photos import large_photos, small_photos
from search.bootstrap import open_embedder
from search.settings import Settings
from tests.support.models import random_checkpoint

ARCHITECTURE = "ViT-B-32"
SEED = 0
_REPOSITORY = Path(__file__).parents[2]
_FIGURES = Path(__file__).parent / "figures.json"
_TRIED_ON = 256
"""Files, for the choice among an other's settings."""


class Other(Protocol):
    """What is measured beside ours, its model loaded."""

    name: str
    settings: Sequence[Setting]

    def run(self, paths: Sequence[Path], setting: Setting) -> Timed: ...


@dataclass(frozen=True, slots=True)
class Beside:
    """Another's figures, at the best of its settings; medians over the runs.

    Attributes:
        times: how many times as fast ours is.
        least_cosine: of a file's two vectors, ours and its.
    """

    name: str
    setting: Setting
    per_s: float
    times: float
    least_cosine: float
    mean_cosine: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the runs.

    Attributes:
        model_share: the model's time of ours, run by run; `least_share` and `most_share` of them.
    """

    photos: str
    n: int
    ours_per_s: float
    model_alone_per_s: float
    model_share: float
    least_share: float
    most_share: float
    beside: tuple[Beside, ...]


def main(arguments: list[str] | None = None) -> None:
    """Measure both kinds of photos, print, and write the same figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedding", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--large", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--build", type=Path, default=_REPOSITORY / "build")
    parser.add_argument("--out", type=Path, default=_FIGURES)
    chosen = parser.parse_args(arguments)
    photos = small_photos(chosen.data, chosen.photos)
    checkpoint = random_checkpoint(ARCHITECTURE, SEED)
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder, ExitStack() as up:
        work = Path(folder)
        large = large_photos(photos, chosen.large, work / "large")
        others: list[Other] = [OpenClipsLoop(ARCHITECTURE, checkpoint)]
        for peer in open_peers(chosen.peers, checkpoint, chosen.build, work):
            others.append(up.enter_context(closing(peer)))
        found = {"machine": platform.processor() or platform.machine()}
        sets = {"under 200 px": photos, "12 megapixels": large}
        found["sets"] = [
            asdict(compare(name, paths, others, checkpoint, chosen.runs, work / f"set{place}"))
            for place, (name, paths) in enumerate(sets.items())
        ]
    print(json.dumps(found, indent=2))
    chosen.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def open_peers(names: Sequence[str], checkpoint: Path, build: Path, work: Path) -> Iterator[Peer]:
    """Each of the named, to be closed; one that cannot be run is told and left out."""
    for name in names:
        try:
            yield Peer(name, ARCHITECTURE, checkpoint, build, work / name)
        except (subprocess.CalledProcessError, RuntimeError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)


def compare(
    name: str,
    paths: list[Path],
    others: Sequence[Other],
    checkpoint: Path,
    n_runs: int,
    work: Path,
) -> Figures:
    """All of them in turn, `n_runs` times, over the same files."""
    spec = f"{ARCHITECTURE}@{checkpoint}"
    embedder = open_embedder(spec, Settings(home=work / "models"))
    model_alone(embedder, 64)
    best = [_best_setting(other, paths[:_TRIED_ON]) for other in others]
    alone: list[float] = []
    mine: list[Timed] = []
    theirs: list[list[Timed]] = [[] for _ in others]
    for run in range(n_runs):
        before = model_alone(embedder, len(paths))
        mine.append(ours(paths, spec, embedder, work / f"home{run}"))
        alone.append((before + model_alone(embedder, len(paths))) / 2)
        for other, setting, runs in zip(others, best, theirs, strict=True):
            runs.append(other.run(paths, setting))
    shares = [model / whole.seconds for model, whole in zip(alone, mine, strict=True)]
    return Figures(
        photos=name,
        n=len(paths),
        ours_per_s=round(len(paths) / _median_seconds(mine), 2),
        model_alone_per_s=round(len(paths) / statistics.median(alone), 2),
        model_share=round(statistics.median(shares), 3),
        least_share=round(min(shares), 3),
        most_share=round(max(shares), 3),
        beside=tuple(
            _beside(other.name, setting, runs, mine)
            for other, setting, runs in zip(others, best, theirs, strict=True)
        ),
    )


def _best_setting(other: Other, sample: Sequence[Path]) -> Setting:
    return min(other.settings, key=lambda setting: other.run(sample, setting).seconds)


def _beside(name: str, setting: Setting, runs: list[Timed], mine: list[Timed]) -> Beside:
    seconds = _median_seconds(runs)
    cosines = [float(vector @ runs[-1].vectors[path]) for path, vector in mine[-1].vectors.items()]
    return Beside(
        name=name,
        setting=setting,
        per_s=round(len(cosines) / seconds, 2),
        times=round(seconds / _median_seconds(mine), 2),
        least_cosine=round(min(cosines), 5),
        mean_cosine=round(float(np.mean(cosines)), 6),
    )


def _median_seconds(runs: list[Timed]) -> float:
    return statistics.median(run.seconds for run in runs)


if __name__ == "__main__":
    main()
