"""Keeps a worker's jobs its own, and tells how far they are, while they are worked on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from types import TracebackType

from search.errors import SightlineError
from search.ports.job_store import JobStore

LEASE_S = 30.0
RENEW_S = 8.0
TELL_S = 0.5

_log = logging.getLogger("sightline.worker")


class Heartbeat:
    """A thread that writes progress and renews leases; the work itself only sets attributes.

    Attributes:
        done, total, note: as of a `Job`.
    """

    def __init__(self, jobs: JobStore, holder: str, job_ids: Sequence[str]) -> None:
        self.done = 0
        self.total: int | None = None
        self.note = ""
        self._jobs = jobs
        self._holder = holder
        self._ids = list(job_ids)
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name="sightline-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def drop(self, job_id: str) -> None:
        """Report no more on this job, which is about to end; its last progress is written."""
        with self._lock:
            if job_id in self._ids:
                self._tell([job_id])
                self._ids.remove(job_id)

    def _beat(self) -> None:
        told: tuple[int, int | None, str] = (0, None, "")
        told_at = time.monotonic()
        while not self._ended.wait(TELL_S):
            now = (self.done, self.total, self.note)
            if now == told and time.monotonic() - told_at < RENEW_S:
                continue
            with self._lock:
                self._tell(self._ids)
            told, told_at = now, time.monotonic()

    def _tell(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            try:
                self._jobs.report_job(
                    job_id,
                    self._holder,
                    done=self.done,
                    total=self.total,
                    note=self.note,
                    lease_s=LEASE_S,
                )
            except SightlineError as error:
                _log.warning("Progress cannot be told: %s", error.message)
