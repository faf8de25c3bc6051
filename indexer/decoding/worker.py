"""A decoding process: takes tasks from a pipe, gives results, one at a time, and never raises.

It is started by `supervisor.py` as a plain interpreter that imports this module alone, so that
neither the caller's `__main__` nor a model comes with it. Where a picture crashes, hangs or
exhausts it, the supervisor sees the pipe close, or closes it.
"""

from __future__ import annotations

import hashlib
import pickle
import signal
from dataclasses import dataclass

from indexer.decoding.channel import Channel
from indexer.decoding.confinement import (
    die_with_parent,
    ignore_interrupts,
    limit_memory,
    resident_bytes,
    silence,
)
from indexer.decoding.limits import DecodeLimits
from indexer.decoding.wire import pack
from search.domain.indexing import RootKind
from search.domain.space import Preprocessing

GROWTH_LIMIT_BYTES = 256 * 2**20
"""A process that keeps more than this after a picture is replaced, so memory stays flat."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a decoding process is told when it starts."""

    preprocessing: Preprocessing
    limits: DecodeLimits
    parent_pid: int


@dataclass(frozen=True, slots=True)
class Job:
    """A `ReadTask` without what only the parent needs."""

    root_path: str
    root_kind: RootKind
    path: str
    known_hashes: frozenset[str]
    pixels_wanted: bool


STILL_READING = b""
"""An empty message: the process is skipping through a long archive, the clock starts again."""


def run_worker(connection: Channel) -> None:
    """Serve jobs until the parent closes the pipe."""
    ignore_interrupts()
    silence()
    settings: WorkerSettings = pickle.loads(connection.recv_bytes())
    die_with_parent(settings.parent_pid)
    from indexer.decoding.reading import PictureReader

    reader = PictureReader(settings, on_progress=lambda: connection.send_bytes(STILL_READING))
    limit_memory(settings.limits.memory_bytes)
    idle_bytes = resident_bytes()
    connection.send_bytes(b"ready")
    while True:
        try:
            job: Job = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        # Should the parent be stopped or gone, nobody else ends a decoder that never returns.
        signal.setitimer(signal.ITIMER_REAL, 4 * settings.limits.timeout_s + 60)
        outcome = reader.read(job)
        signal.setitimer(signal.ITIMER_REAL, 0)
        last = resident_bytes() - idle_bytes > GROWTH_LIMIT_BYTES
        try:
            connection.send_bytes(pack(outcome, last=last))
        except OSError:
            return
        if last:
            return


def digest(content: bytes) -> str:
    """The content hash: SHA-256 in hex over the file's bytes."""
    return hashlib.sha256(content).hexdigest()
