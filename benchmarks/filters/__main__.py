"""Recall and time under filters, in the index that a generation of n views would have.

    python -m benchmarks.filters                  1,000,000 vectors
    python -m benchmarks.filters --n 100000 --queries 50

First filters of every width, alone and and-ed, that know nothing of the query, prefer what it asks
for, or shun it. Then the filter track of NeurIPS'23 on drawn tags: see `track.py`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.filters.track import compare
from benchmarks.filters.widths import measure_widths
from benchmarks.index.ours import opened
from benchmarks.vectors import make_vectors

FULL_SIZE = 1_000_000
N_QUERIES = 200
_REPOSITORY = Path(__file__).parents[2]
_FIGURES = Path(__file__).with_name("figures.json")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--n", type=int, default=FULL_SIZE)
    parser.add_argument("--queries", type=int, default=N_QUERIES)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=_REPOSITORY / "build")
    parser.add_argument("--rebuild", action="store_true", help="build the index anew")
    chosen = parser.parse_args(arguments)
    vectors = make_vectors(chosen.data, chosen.build, chosen.n)
    folder = vectors.folder / "sightline"
    folder.mkdir(exist_ok=True)
    if chosen.rebuild:
        (folder / "index").unlink(missing_ok=True)
    ours = opened(vectors, folder)
    figures = {
        "n": chosen.n,
        "widths": measure_widths(ours.vectors, ours.index, chosen.queries),
        "track": compare(ours, chosen.queries),
    }
    if (chosen.n, chosen.queries) == (FULL_SIZE, N_QUERIES):
        _FIGURES.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
