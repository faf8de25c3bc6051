"""One decoding process from the parent's side: start it, feed it, time it, kill it, replace it."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import indexer
from indexer.decoding.supervisor_channel import SupervisorChannel
from indexer.decoding.wire import Outcome, unpack
from indexer.decoding.worker import STILL_READING, Job, WorkerSettings

START_TIMEOUT_S = 60.0
KILL_TIMEOUT_S = 5.0

_START = """\
import sys, json
sys.path[:] = json.loads(sys.argv[2])
from indexer.decoding.channel import Channel
from indexer.decoding.worker import run_worker
run_worker(Channel(int(sys.argv[1])))
"""


class WorkerDiedError(Exception):
    """The process ended in the middle of a job. `reason` says why, for the job's picture."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkerStartError(RuntimeError):
    """A decoding process that does not even start: not a picture's fault."""


class WorkerProcess:
    """A running decoding process. Not thread-safe: one thread owns it."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, str(theirs.fileno()), _import_path()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_quiet_environment(),
            )
        self._channel = SupervisorChannel(ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    def greet(self) -> None:
        """Hand over the settings and wait until the process is ready.

        Raises:
            WorkerStartError: it ended or hung before it was.
        """
        until = time.monotonic() + START_TIMEOUT_S
        try:
            self._channel.send_bytes(pickle.dumps(self._settings), until=until)
            self._channel.receive_bytes(until=until)
            return
        except (EOFError, OSError):
            pass
        self.kill()
        raise WorkerStartError("A decoding process did not start; is the installation complete?")

    def send(self, job: Job) -> None:
        """Queue a job; the pipe holds at least two. A dead process is noticed by `receive`."""
        until = time.monotonic() + self._settings.limits.timeout_s
        with contextlib.suppress(OSError):
            self._channel.send_bytes(
                pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL), until=until
            )

    def receive(self) -> Outcome:
        """The outcome of the oldest job.

        Raises:
            WorkerDiedError: the process crashed, or was killed for taking too long.
        """
        timeout_s = self._settings.limits.timeout_s
        while True:
            try:
                message = self._channel.receive_bytes(until=time.monotonic() + timeout_s)
            except TimeoutError:
                self.kill()
                raise WorkerDiedError(
                    f"The picture took longer than the {timeout_s:g} s allowed to decode."
                ) from None
            except (EOFError, OSError):
                raise WorkerDiedError(self._why_it_died()) from None
            if message != STILL_READING:
                return _outcome(message)

    def kill(self) -> None:
        """End the process at once; one that hangs in the kernel is left to it."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=KILL_TIMEOUT_S)
        self._channel.close()

    def interrupt(self) -> None:
        """Kill the process from another thread; the owner's `receive` then raises."""
        self._process.kill()

    def close(self) -> None:
        """Let an idle process end by itself."""
        self._channel.close()
        try:
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            self.kill()

    def _why_it_died(self) -> str:
        try:
            status = self._process.wait(timeout=KILL_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self._process.returncode or 0
        self._channel.close()
        if status < 0:
            name = signal.Signals(-status).name
            return f"The decoder crashed on this picture ({name})."
        return "The decoder ended on this picture without a result."


def _outcome(message: bytearray) -> Outcome:
    """What the process sent; one whose memory a picture has spoilt may send anything."""
    try:
        return unpack(message)
    except (ValueError, OverflowError):
        raise WorkerDiedError("The decoder gave an answer that cannot be read.") from None


def _import_path() -> str:
    """The parent's own import path without the current folder, where pictures may lie."""
    package_home = str(Path(indexer.__file__).resolve().parent.parent)
    return json.dumps([entry for entry in sys.path if entry] + [package_home])


def _quiet_environment() -> dict[str, str]:
    """One thread per process, one malloc arena: memory stays small and is counted rightly.

    By its thresholds a picture finds the memory of the last one again, up to 16 MiB of it; to ask
    the system for it each time is a tenth of what a small picture costs.
    """
    return os.environ | {
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
        "MALLOC_TRIM_THRESHOLD_": str(16 * 2**20),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
