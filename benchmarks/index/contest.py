"""One contestant, built and asked in this process alone; printed as JSON lines.

    python -m benchmarks.index.contest NAME FOLDER [--rounds 3]

Runs under the peers' interpreter or the project's own, so nothing is imported here but numpy.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.vectors import SORTS, Floats, Ids, K, Vectors

Ask = Callable[[Floats], Ids]
"""Rows of the K nearest to one query, float32 (1, 512): int64, (K,)."""


class Contestant(Protocol):
    """An index to be measured."""

    def build(self, vectors: Vectors, folder: Path) -> None:
        """Make the index of all vectors, in the folder."""

    def open(self, vectors: Vectors, folder: Path) -> None:
        """Make ready to be asked what `build` made."""

    def settings(self) -> Iterator[tuple[str, Ask]]:
        """Each way to ask it, by name, from fast to thorough."""


def built(contestant: Contestant, vectors: Vectors, folder: Path) -> Mapping[str, float]:
    """What building took, now or when it was built for an earlier run."""
    note = folder / "built.json"
    if not note.exists():
        began, began_cpu = time.perf_counter(), time.process_time()
        contestant.build(vectors, folder)
        took = {
            "build_s": time.perf_counter() - began,
            "build_cpu_s": time.process_time() - began_cpu,
        }
        note.write_text(json.dumps(took))
    return dict(json.loads(note.read_text()))


def measure(
    contestant: Contestant, vectors: Vectors, folder: Path, rounds: int, most_settings: int
) -> None:
    """Ask each setting all queries one by one, `rounds` times; medians are printed."""
    took_to_build = built(contestant, vectors, folder)
    before = _own_bytes()
    contestant.open(vectors, folder)
    for setting, ask in islice(contestant.settings(), most_settings):
        line = {"setting": setting, **took_to_build}
        for sort in SORTS:
            queries = vectors.asked(sort)
            took, found = [], np.full((len(queries), K), -1)
            for _ in range(rounds):
                times = np.empty((len(queries), 2))
                for at in range(len(queries)):
                    wall, processor = time.perf_counter(), time.thread_time()
                    rows = ask(queries[at : at + 1])
                    times[at] = time.perf_counter() - wall, time.thread_time() - processor
                    found[at, : len(rows)] = rows
                took.append(times)
            wall_ms, cpu_ms = 1000 * np.median(took, axis=0).T
            line[sort] = {
                "recall": round(vectors.recall(sort, found), 4),
                "p50_ms": round(float(np.median(wall_ms)), 3),
                "p99_ms": round(float(np.quantile(wall_ms, 0.99)), 3),
                "cpu_ms": round(float(np.median(cpu_ms)), 3),
            }
        print(json.dumps({**line, "own_bytes": _own_bytes() - before}), flush=True)


def _own_bytes() -> int:
    """Memory of this process alone: what the system could not drop."""
    for row in Path("/proc/self/status").read_text().splitlines():
        if row.startswith("RssAnon"):
            return int(row.split()[1]) * 1024
    return 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-settings", type=int, default=100)
    parser.add_argument("--only-build", action="store_true")
    chosen = parser.parse_args()
    vectors = Vectors(chosen.folder)
    folder = chosen.folder / chosen.name
    folder.mkdir(exist_ok=True)
    contestant = _contestant(chosen.name)
    if chosen.only_build:
        print(json.dumps(built(contestant, vectors, folder)))
    else:
        measure(contestant, vectors, folder, chosen.rounds, chosen.most_settings)


def _contestant(name: str) -> Contestant:
    """By name; neither ours nor a peer imports what only the other needs."""
    if name == "sightline":
        from benchmarks.index.ours import Sightline

        return Sightline()
    from benchmarks.index.peers import PEERS

    return PEERS[name]()


if __name__ == "__main__":
    main()
