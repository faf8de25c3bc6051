"""One peer in this process alone: folders of pictures come in, times and vectors go out.

    python -m benchmarks.embedding.peers.answer NAME ARCHITECTURE CHECKPOINT FOLDER

A JSON object a line on both sides: {"name"} once the model is loaded, then for each
{"folder", "out", "setting"} a {"seconds", "names"}, with the vectors in `out`/vectors.npy.
Runs under the peer's interpreter, so nothing is imported here but numpy.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Embedded:
    """Seconds for a folder, the names of its files, and their vectors, float32 (n, dim)."""

    seconds: float
    names: list[str]
    vectors: NDArray[np.float32]


class Program(Protocol):
    """A program with its model loaded.

    Attributes:
        name: with its version.
    """

    name: str

    def embed(self, folder: Path, out: Path, **setting: int) -> Embedded:
        """From the first look at the folder until all vectors are stored below `out`."""


def open_program(name: str, architecture: str, checkpoint: Path, work: Path) -> Program:
    """By name; none imports what only another needs."""
    if name == "rclip":
        from benchmarks.embedding.peers.rclip import Rclip

        return Rclip(architecture, checkpoint, work)
    from benchmarks.embedding.peers.clip_retrieval import ClipRetrieval

    return ClipRetrieval(architecture, checkpoint, work)


def main() -> None:
    name, architecture, checkpoint, work = sys.argv[1:]
    # What the program prints is not to stand among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    program = open_program(name, architecture, Path(checkpoint), Path(work))
    print(json.dumps({"name": program.name}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        out = Path(asked["out"])
        found = program.embed(Path(asked["folder"]), out, **asked["setting"])
        np.save(out / "vectors.npy", found.vectors)
        answer = {"seconds": found.seconds, "names": found.names}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
