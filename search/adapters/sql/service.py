"""The service's own tables behind their two ports, on a catalogue's connections."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection

from search.adapters.sql import jobs as job_rows
from search.adapters.sql import keys as key_rows
from search.domain.service import ApiKey, Job, JobKind, NewKey

Connecting = Callable[[], AbstractContextManager[Connection]]


class SqlKeyStore:
    """A `KeyStore`. Threads may share it."""

    def __init__(self, reading: Connecting, committing: Connecting) -> None:
        self._reading = reading
        self._committing = committing

    def create_key(self, key: NewKey) -> ApiKey:
        with self._committing() as connection:
            return key_rows.create_key(connection, key)

    def key_of_secret(self, secret_hash: str) -> ApiKey | None:
        with self._reading() as connection:
            return key_rows.key_of_secret(connection, secret_hash)

    def live_keys(self) -> Mapping[str, ApiKey]:
        with self._reading() as connection:
            return key_rows.live_keys(connection)

    def all_keys(self) -> Sequence[ApiKey]:
        with self._reading() as connection:
            return key_rows.all_keys(connection)

    def revoke_key(self, key_id: int) -> ApiKey:
        with self._committing() as connection:
            return key_rows.revoke_key(connection, key_id)

    def touch_key(self, key_id: int) -> None:
        with self._committing() as connection:
            key_rows.touch_key(connection, key_id)

    def create_session(self, token_hash: str, key_id: int, lasts_s: float) -> None:
        with self._committing() as connection:
            key_rows.create_session(connection, token_hash, key_id, lasts_s)

    def key_of_session(self, token_hash: str) -> ApiKey | None:
        with self._reading() as connection:
            return key_rows.key_of_session(connection, token_hash)

    def end_session(self, token_hash: str) -> None:
        with self._committing() as connection:
            key_rows.end_session(connection, token_hash)


class SqlJobStore:
    """A `JobStore`. Threads may share it."""

    def __init__(self, reading: Connecting, committing: Connecting) -> None:
        self._reading = reading
        self._committing = committing

    def add_job(self, gallery_id: int, kind: JobKind, request: Mapping[str, Any]) -> Job:
        with self._committing() as connection:
            return job_rows.add_job(connection, gallery_id, kind, request)

    def job(self, job_id: str) -> Job:
        with self._reading() as connection:
            return job_rows.job(connection, job_id)

    def claim_jobs(
        self,
        holder: str,
        *,
        lease_s: float,
        limit: int = 1,
        kinds: Collection[JobKind] = tuple(JobKind),
    ) -> Sequence[Job]:
        with self._committing() as connection:
            return job_rows.claim_jobs(
                connection, holder, lease_s=lease_s, limit=limit, kinds=kinds
            )

    def report_job(
        self, job_id: str, holder: str, *, done: int, total: int | None, note: str, lease_s: float
    ) -> bool:
        with self._committing() as connection:
            return job_rows.report_job(
                connection, job_id, holder, done=done, total=total, note=note, lease_s=lease_s
            )

    def finish_job(self, job_id: str, holder: str, result: Mapping[str, Any]) -> bool:
        with self._committing() as connection:
            return job_rows.finish_job(connection, job_id, holder, result)

    def fail_job(self, job_id: str, holder: str, error: str, hint: str) -> bool:
        with self._committing() as connection:
            return job_rows.fail_job(connection, job_id, holder, error, hint)

    def release_jobs(self, holder: str) -> None:
        with self._committing() as connection:
            job_rows.release_jobs(connection, holder)

    def n_unended(self, gallery_id: int) -> int:
        with self._reading() as connection:
            return job_rows.n_unended(connection, gallery_id)

    def forget_jobs(self, older_than_s: float) -> int:
        with self._committing() as connection:
            return job_rows.forget_jobs(connection, older_than_s)
