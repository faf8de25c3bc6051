"""How building, memory and searching grow with the gallery.

    python -m benchmarks.growth                          10 thousand, 100 thousand, 1 and 4 million
    python -m benchmarks.growth --sizes 10000 60000

Each size in a process of its own, one query at a time, one thread. The exponent between two sizes
is that of the power by which a figure grew: 1 doubles with the gallery, 0 stays the same.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from benchmarks.index.__main__ import OURS, run
from benchmarks.vectors import make_vectors

SIZES = (10_000, 100_000, 1_000_000, 4_000_000)
_REPOSITORY = Path(__file__).parents[1]
_FIGURES = Path(__file__).with_name("growth.json")

Figures = Mapping[str, float]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=_REPOSITORY / "build")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    measured = {
        n: figures(chosen.data, chosen.build, n, chosen.rounds) for n in sorted(chosen.sizes)
    }
    for smaller, larger in pairwise(measured):
        print(f"from {smaller:,} to {larger:,} views, growth as the power of")
        for name, exponent in exponents(smaller, measured[smaller], larger, measured[larger]):
            print(f"  {name:20} {exponent:5.2f}")
    if tuple(measured) == SIZES:
        _FIGURES.write_text(json.dumps(measured, indent=1) + "\n")


def figures(data: Path, build: Path, n: int, rounds: int) -> Figures:
    """Built anew: processor seconds to build, bytes, milliseconds and recall at one size."""
    print(f"{n:,} views")
    vectors = make_vectors(data, build, n)
    (vectors.folder / OURS / "built.json").unlink(missing_ok=True)
    line = run(Path(sys.executable), OURS, vectors, rounds, most_settings=1)[0]
    return {
        "build_cpu_s": line["build_cpu_s"],
        "own_bytes": line["own_bytes"],
        **{
            f"{sort} {figure}": line[sort][figure]
            for sort in ("texts", "pictures")
            for figure in ("p50_ms", "p99_ms", "cpu_ms", "recall")
        },
    }


def exponents(
    smaller: int, of_smaller: Figures, larger: int, of_larger: Figures
) -> list[tuple[str, float]]:
    """By which power of the size each figure grew; recall, which should not, is left out."""
    return [
        (name, math.log(of_larger[name] / before) / math.log(larger / smaller))
        for name, before in of_smaller.items()
        if "recall" not in name and before > 0 and of_larger[name] > 0
    ]


if __name__ == "__main__":
    main()
