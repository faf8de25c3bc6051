"""The benchmark's side of a peer: its environment, its process, and what it is asked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.embedding.loops import Setting, Timed
from benchmarks.environments import install

PEERS: Mapping[str, tuple[Setting, ...]] = {
    "clip_retrieval": ({"batch_size": 256, "workers": 4}, {"batch_size": 32, "workers": 2}),
    "rclip": ({"batch_size": 8}, {"batch_size": 32}),
}
"""Their settings: their own default, and what suits two cores."""

_HERE = Path(__file__).parent
_REPOSITORY = _HERE.parents[2]


class Peer:
    """A peer that keeps its model from run to run; to be closed.

    Raises:
        subprocess.CalledProcessError: where it cannot be installed.
        RuntimeError: where it ends by itself; with what it printed.
    """

    def __init__(
        self, name: str, architecture: str, checkpoint: Path, build: Path, work: Path
    ) -> None:
        python = install(_HERE / f"{name}.txt", build / "peers" / name)
        self.settings = PEERS[name]
        self._work = work
        self._printed = work / "printed.txt"
        self._n_runs = 0
        (work / "program").mkdir(parents=True)
        command = [str(python), "-m", "benchmarks.embedding.peers.answer", name, architecture]
        with self._printed.open("w") as printed:
            self._process = subprocess.Popen(
                [*command, str(checkpoint), str(work / "program")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                text=True,
                cwd=_REPOSITORY,
                env={**os.environ, "PYTHONPATH": str(_REPOSITORY)},
            )
        self.name: str = self._answer()["name"]

    def run(self, paths: Sequence[Path], setting: Setting) -> Timed:
        """Embed the files, which it finds as links in a folder of their own."""
        out = self._work / f"run{self._n_runs}"
        self._n_runs += 1
        folder = out / "pictures"
        folder.mkdir(parents=True)
        of_name = {f"{place:06}{path.suffix}": path for place, path in enumerate(paths)}
        for name, path in of_name.items():
            (folder / name).symlink_to(path)
        asked = {"folder": str(folder), "out": str(out), "setting": dict(setting)}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        rows = np.load(out / "vectors.npy")
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        vectors = {of_name[name]: row for name, row in zip(answer["names"], rows, strict=True)}
        if len(vectors) != len(paths):
            raise RuntimeError(f"{self.name} embedded {len(vectors)} of {len(paths)} files.")
        return Timed(answer["seconds"], vectors)

    def close(self) -> None:
        """Let it end, after the run under way."""
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            printed = self._printed.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"The peer has ended by itself:\n{printed[-4000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer
