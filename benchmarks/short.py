"""Every benchmark in a short form, one after the other: that each runs, and about what it finds.

    python -m benchmarks.short                       all of them
    python -m benchmarks.short --only rate tiny      some

So few queries over so few views are not to be quoted. What documentation quotes is not touched:
figures and pictures go into a folder that is removed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_REPOSITORY = Path(__file__).parents[1]
_KEPT = ("benchmarks/**/*.json", "docs/images/*", "search/relevance/*.json")
"""What no short form may write."""

_PHOTOS = "flickr8k.jsonl"
_VECTORS = "vectors/clip_like.py"
_GALLERY = "--data {data} --home {out}/gallery --views 5000"
"""One gallery, made by the first that needs it."""


@dataclass(frozen=True, slots=True)
class ShortForm:
    """How one `bench-*` is run in short.

    Attributes:
        runs: each a module and its options, with {data}, {build} and {out} to be filled in.
        needs: a file below the data folder without which it cannot run.
    """

    runs: tuple[str, ...]
    needs: str = ""


SHORT: Mapping[str, ShortForm] = {
    "embedding": ShortForm(
        (
            "benchmarks.embedding --data {data} --photos 64 --large 2 --runs 1"
            " --out {out}/embedding.json",
        ),
        _PHOTOS,
    ),
    "tiny": ShortForm(("benchmarks.tiny --data {data} --every 5 --out {out}/tiny.json",), _PHOTOS),
    "relevance": ShortForm(
        (
            "benchmarks.relevance --data {data} --cache {build}/relevance --crowd 5000"
            " --out {out}/relevance.json",
        ),
        _PHOTOS,
    ),
    "categories": ShortForm(
        (
            "benchmarks.categories_learning --data {data} --out {out}/categories.json"
            " --curve {out}/categories.svg",
        ),
        "grocery.jsonl",
    ),
    "service": ShortForm(
        (
            f"benchmarks.service_load {_GALLERY} --clients 8 --seconds 5",
            f"benchmarks.service_load {_GALLERY} --clients 8 --seconds 5 --disturb",
        ),
        _PHOTOS,
    ),
    "rate": ShortForm((f"benchmarks.service_rate {_GALLERY} --seconds 1 --rounds 1",), _PHOTOS),
    "filters": ShortForm(
        (
            "benchmarks.filters --data {data} --build {build} --n 20000 --queries 20",
            f"benchmarks.kept_filters {_GALLERY}",
        ),
        _VECTORS,
    ),
    "freshness": ShortForm((f"benchmarks.freshness {_GALLERY}",), _PHOTOS),
    "page": ShortForm(("benchmarks.page_latency --photos 2000 --queries 8",)),
    "index": ShortForm(
        (
            "benchmarks.index --data {data} --build {build} --n 20000 --rounds 1"
            " --only sightline faiss-ivf",
        ),
        _VECTORS,
    ),
    "growth": ShortForm(
        ("benchmarks.growth --data {data} --build {build} --sizes 10000 20000 --rounds 1",),
        _VECTORS,
    ),
    "assigning": ShortForm(("benchmarks.assigning --items 20000 --classes 50",)),
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=_REPOSITORY / "build")
    parser.add_argument("--only", nargs="*", default=list(SHORT), choices=list(SHORT))
    chosen = parser.parse_args(arguments)
    outcomes = {}
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as out:
        places = {"data": str(chosen.data), "build": str(chosen.build), "out": out}
        before = _digests()
        for name in chosen.only:
            print(f"\n== {name}, in short", flush=True)
            outcomes[name] = _outcome(SHORT[name], chosen.data, places)
            if _digests() != before:
                sys.exit(f"{name} has written over figures that documentation quotes.")
    print("\n== All in short; `make bench-full` measures what may be quoted")
    for name, outcome in outcomes.items():
        print(f"  {name:12} {outcome}")
    return int(any(outcome.startswith("failed") for outcome in outcomes.values()))


def _outcome(form: ShortForm, data: Path, places: Mapping[str, str]) -> str:
    if form.needs and not (data / form.needs).exists():
        return f"left out: there is no {data / form.needs}; name its folder with DATA=FOLDER"
    began = time.monotonic()
    for run in form.runs:
        module, *options = [word.format(**places) for word in run.split()]
        command = [sys.executable, "-m", module, *options]
        code = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}).returncode
        if code:
            return f"failed with {code}: python -m {module} {' '.join(options)}"
    return f"{time.monotonic() - began:.0f} s"


def _digests() -> dict[Path, str]:
    paths = (path for pattern in _KEPT for path in _REPOSITORY.glob(pattern))
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


if __name__ == "__main__":
    sys.exit(main())
