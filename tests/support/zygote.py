"""Runs of the real command line in processes that can be killed, without importing torch each time.

One process imports everything heavy and forks for each run; the child is as `sightline` would be.

    python -m tests.support.zygote      # reads argument lists as JSON lines, answers with pids
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).resolve().parent.parent.parent


class Zygote:
    """The parent of all runs, from the test's side."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.zygote"],
            cwd=REPOSITORY,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._ask("")

    def start(self, arguments: Sequence[str]) -> int:
        """Start `sightline ARGUMENTS`; returns its pid."""
        return int(self._ask(json.dumps(list(arguments))))

    def finish(self) -> int:
        """Wait for the run started last; its exit code, or minus the signal that ended it."""
        return int(self._ask("null"))

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def _ask(self, line: str) -> str:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the zygote has no pipes")
        if line:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        return self._process.stdout.readline()


def _serve() -> None:
    import alembic.command
    import faiss
    import open_clip
    import sqlalchemy.dialects.sqlite
    import typer

    import indexer.reconcile
    import search.adapters.openclip.opening
    import search.adapters.sql

    del alembic, faiss, open_clip, sqlalchemy, typer, indexer, search
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    print("ready", file=answers, flush=True)
    pid = 0
    for line in sys.stdin:
        arguments = json.loads(line)
        if arguments is not None:
            pid = os.fork()
            if pid == 0:
                answers.close()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os._exit(_run(arguments))
            print(pid, file=answers, flush=True)
        else:
            status = os.waitpid(pid, 0)[1]
            print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _run(arguments: list[str]) -> int:
    import cli.main

    try:
        return int(cli.main.main(arguments))
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 70


if __name__ == "__main__":
    _serve()
