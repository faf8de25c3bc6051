"""Decodes single pictures on demand in confined processes, as the indexer does in bulk.

Processes are started when they are needed, kept for the next picture of the same fitting, and
replaced when a picture crashes, hangs or exhausts them.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.supervisor import WorkerDiedError, WorkerProcess, WorkerStartError
from indexer.decoding.wire import Outcome
from indexer.decoding.worker import Job, WorkerSettings
from indexer.places import Place
from search.domain.indexing import RootKind
from search.domain.space import Preprocessing
from search.errors import PictureError, SightlineError

_HINT = "Send a JPEG, PNG, WebP, HEIC, TIFF, GIF or camera RAW picture that opens elsewhere."


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An upright sRGB picture; `width` and `height` are the original's, upright."""

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int
    content_hash: str

    def to_image(self) -> Image.Image:
        return Image.fromarray(self.pixels)


class PictureDecoder:
    """Safe to use from several threads; each call holds one process. Linux ends a process with
    the thread that started it, so the threads have to stay: those of a pool.

    Args:
        spool: a folder for pictures that came as bytes, for as long as they are decoded.
        n_workers: pictures decoded at the same time.
    """

    def __init__(self, limits: DecodeLimits, spool: Path, n_workers: int) -> None:
        self._limits = limits
        self._spool = spool
        self._most_idle = 2 * n_workers
        self._free = threading.BoundedSemaphore(n_workers)
        self._lock = threading.Lock()
        self._idle: list[tuple[Preprocessing, WorkerProcess]] = []
        self._closed = False
        spool.mkdir(parents=True, exist_ok=True)
        for left_behind in spool.glob("query-*"):
            left_behind.unlink(missing_ok=True)

    def decode_bytes(self, content: bytes, fitting: Preprocessing, name: str = "") -> DecodedImage:
        """Decode a picture that a client sent.

        Args:
            name: the client's name for it; its ending tells camera RAW files apart.
        Raises:
            PictureError: it cannot be decoded, and why.
        """
        ending = Path(name).suffix.lower()
        ending = ending if ending.isascii() and ending[1:].isalnum() and len(ending) < 8 else ""
        path = self._spool / f"query-{secrets.token_hex(12)}{ending}"
        try:
            path.write_bytes(content)
            place = Place(str(self._spool), RootKind.FOLDER, path.name)
            return self.decode_file(place, fitting)
        finally:
            path.unlink(missing_ok=True)

    def decode_file(self, place: Place, fitting: Preprocessing) -> DecodedImage:
        """Decode a picture where it lies, inside an archive too.

        Raises:
            PictureError: it cannot be read or decoded, and why.
        """
        job = Job(place.root_path, place.root_kind, place.path, frozenset(), True)
        with self._process(fitting) as held:
            outcome = self._answer(held, fitting, job)
            held.usable = not outcome.last
        if outcome.reason is not None or outcome.picture is None:
            raise PictureError(outcome.reason or "The decoder gave no result.", hint=_HINT)
        pixels = np.frombuffer(outcome.pixels, np.uint8).reshape(outcome.shape)
        picture = outcome.picture
        return DecodedImage(pixels, picture.width, picture.height, picture.content_hash)

    def _answer(self, held: _Held, fitting: Preprocessing, job: Job) -> Outcome:
        """The outcome of a job. A process that died while it was idle is no picture's fault, so
        one that was not fresh is replaced once."""
        held.process.send(job)
        try:
            return held.process.receive()
        except WorkerDiedError as died:
            if held.fresh:
                raise PictureError(died.reason, hint=_HINT) from died
        held.process.close()
        held.process, held.fresh = self._start(fitting), True
        return self._answer(held, fitting, job)

    @property
    def idle_pids(self) -> tuple[int, ...]:
        """The processes that wait for a picture, to be watched."""
        with self._lock:
            return tuple(process.pid for _, process in self._idle)

    def warm(self, fitting: Preprocessing) -> None:
        """Have a process ready for this fitting, so that the first picture does not wait."""
        with self._process(fitting) as held:
            held.usable = True

    def close(self) -> None:
        """End all idle processes; busy ones end with their picture."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, process in idle:
            process.close()

    @contextmanager
    def _process(self, fitting: Preprocessing) -> Iterator[_Held]:
        with self._free:
            kept = self._take(fitting)
            held = _Held(kept or self._start(fitting), fresh=kept is None)
            try:
                yield held
            finally:
                self._give_back(fitting, held)

    def _take(self, fitting: Preprocessing) -> WorkerProcess | None:
        with self._lock:
            for at, (kept, process) in enumerate(self._idle):
                if kept == fitting:
                    del self._idle[at]
                    return process
        return None

    def _start(self, fitting: Preprocessing) -> WorkerProcess:
        process = WorkerProcess(WorkerSettings(fitting, self._limits, os.getpid()))
        try:
            process.greet()
        except WorkerStartError as error:
            raise SightlineError(str(error)) from error
        return process

    def _give_back(self, fitting: Preprocessing, held: _Held) -> None:
        dropped: list[WorkerProcess] = []
        with self._lock:
            if held.usable and not self._closed:
                self._idle.append((fitting, held.process))
            else:
                dropped.append(held.process)
            while len(self._idle) > self._most_idle:
                dropped.append(self._idle.pop(0)[1])
        for process in dropped:
            process.close()


@dataclass(slots=True)
class _Held:
    """A process in use; it is kept only where it answered."""

    process: WorkerProcess
    fresh: bool
    usable: bool = False
