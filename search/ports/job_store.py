"""The seam to jobs: handed out under leases, so that a killed worker's are taken over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from search.domain.service import Job, JobKind


class JobStore(Protocol):
    """Jobs that any process may add, and one worker at a time works off."""

    def add_job(self, gallery_id: int, kind: JobKind, request: Mapping[str, Any]) -> Job: ...

    def job(self, job_id: str) -> Job:
        """Raises NotFoundError where there is no such job, or no more."""

    def claim_jobs(
        self,
        holder: str,
        *,
        lease_s: float,
        limit: int = 1,
        kinds: Collection[JobKind] = tuple(JobKind),
    ) -> Sequence[Job]:
        """The oldest job of these kinds that waits or whose worker is overdue, with others of its
        gallery and kind up to `limit`; empty where there is none. They are running now."""

    def report_job(
        self, job_id: str, holder: str, *, done: int, total: int | None, note: str, lease_s: float
    ) -> bool:
        """Note how far it is and hold it longer; False where another worker has it."""

    def finish_job(self, job_id: str, holder: str, result: Mapping[str, Any]) -> bool: ...

    def fail_job(self, job_id: str, holder: str, error: str, hint: str) -> bool: ...

    def release_jobs(self, holder: str) -> None:
        """Let all that this worker has not ended wait again."""

    def n_unended(self, gallery_id: int) -> int:
        """Jobs of a gallery that wait or run."""

    def forget_jobs(self, older_than_s: float) -> int:
        """Drop jobs that ended so long ago; returns how many."""
