"""Sightline's index beside what a user would pick instead, on CLIP-like vectors and real texts.

    python -m benchmarks.index                     1,000,000 vectors, every contestant
    python -m benchmarks.index --n 100000 --only sightline faiss-ivf

One process after another, one query at a time, one thread. Peers are installed into
build/peers/index, and what they have built is kept for the next run; Sightline's index is built
anew.
Writes figures.json and a plot of recall against queries per second, at full size and with all only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.environments import install
from benchmarks.index.peers import PEERS
from benchmarks.index.plot import plot
from benchmarks.vectors import Vectors, make_vectors

OURS = "sightline"
FULL_SIZE = 1_000_000
_ASKED = [name for name in PEERS if name != "hnswlib-tuned"]
"""Unless others are named: twice the links and twice the effort take hours to build."""

_REPOSITORY = Path(__file__).parents[2]
_PEERS = Path(__file__).with_name("peers.txt")
_FIGURES = Path(__file__).with_name("figures.json")
_PLOT = _REPOSITORY / "docs" / "images" / "index-recall.svg"
_TOLD = "{name:14} {setting:22} {sort:9} {recall:.4f} {p50_ms:9.2f} {p99_ms:9.2f} {cpu_ms:9.2f}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--n", type=int, default=FULL_SIZE)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=_REPOSITORY / "build")
    parser.add_argument("--only", nargs="*", default=[OURS, *_ASKED], choices=[OURS, *PEERS])
    parser.add_argument("--rebuild", nargs="*", default=[OURS], choices=[OURS, *PEERS])
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    vectors = make_vectors(chosen.data, chosen.build, chosen.n)
    peers = None
    if set(chosen.only) != {OURS}:
        peers = install(_PEERS, chosen.build / "peers" / "index")
    for name in chosen.rebuild:
        (vectors.folder / name / "built.json").unlink(missing_ok=True)
    measured: dict[str, list[dict[str, Any]]] = {}
    print("contestant     setting                sort      recall   p50 ms    p99 ms    processor")
    for name in chosen.only:
        python = Path(sys.executable) if name == OURS else peers
        measured[name] = run(python, name, vectors, chosen.rounds)
    if chosen.n == FULL_SIZE and set(chosen.only) >= {OURS, *_ASKED}:
        figures = {"n": chosen.n, "contestants": measured}
        _FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
        plot(measured, _PLOT)


def run(
    python: Path | None,
    name: str,
    vectors: Vectors,
    rounds: int,
    *,
    most_settings: int = 100,
) -> list[dict[str, Any]]:
    """One contestant in a process of its own; what failed is told and left out."""
    command = [str(python), "-m", "benchmarks.index.contest", name, str(vectors.folder)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(_REPOSITORY),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "LANCE_CPU_THREADS": "1",
        "LANCE_LOG": "error",
    }
    lines: list[dict[str, Any]] = []
    # Built in a process of its own, so that memory is that of an index that was opened.
    built = [*command, "--only-build"]
    if subprocess.run(built, env=environment, cwd=_REPOSITORY, stdout=subprocess.PIPE).returncode:
        print(f"{name} could not be built.", file=sys.stderr)
        return lines
    with subprocess.Popen(
        [*command, "--rounds", str(rounds), "--most-settings", str(most_settings)],
        env=environment,
        cwd=_REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for text in process.stdout or ():
            if not text.startswith("{"):
                continue
            line = json.loads(text)
            lines.append(line)
            for sort in ("texts", "pictures"):
                print(_TOLD.format(name=name, sort=sort, **line[sort], setting=line["setting"]))
    if process.returncode:
        print(f"{name} failed with {process.returncode}.", file=sys.stderr)
    if lines:
        last = lines[-1]
        print(
            f"{name:14} built in {last['build_s']:.0f} s ({last['build_cpu_s']:.0f} s of processor "
            f"time), {last['own_bytes'] / 2**20:.0f} MiB of its own",
            flush=True,
        )
    return lines


if __name__ == "__main__":
    main()
