"""`search.ports.job_store.JobStore` in SQL. Times are the database's own."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from search.adapters.sql.clock import now
from search.adapters.sql.galleries import gallery_numbered
from search.adapters.sql.tables import jobs
from search.domain.service import Job, JobKind, JobState
from search.domain.text import storable
from search.errors import NotFoundError

_JOB = tuple(column for column in jobs.c if column.name not in ("holder", "expires_at"))
_UNENDED = (JobState.WAITING.value, JobState.RUNNING.value)


def add_job(
    connection: Connection, gallery_id: int, kind: JobKind, request: Mapping[str, Any]
) -> Job:
    gallery_numbered(connection, gallery_id)
    row = {
        "id": secrets.token_hex(8),
        "gallery_id": gallery_id,
        "kind": kind.value,
        "state": JobState.WAITING.value,
        "request": json.dumps(request),
        "result": "{}",
        "done": 0,
        "total": None,
        "note": "",
        "error": "",
        "hint": "",
        "created_at": now(connection),
        "updated_at": now(connection),
        "holder": "",
        "expires_at": 0.0,
    }
    return _job(connection.execute(insert(jobs).values(row).returning(*_JOB)).one())


def job(connection: Connection, job_id: str) -> Job:
    row = connection.execute(select(*_JOB).where(jobs.c.id == storable(job_id))).first()
    if row is None:
        raise NotFoundError(
            "There is no such job.", hint="Jobs are forgotten a week after they have ended."
        )
    return _job(row)


def claim_jobs(
    connection: Connection, holder: str, *, lease_s: float, limit: int, kinds: Collection[JobKind]
) -> Sequence[Job]:
    wanted = jobs.c.kind.in_([kind.value for kind in kinds])
    free = (jobs.c.state == JobState.WAITING.value) | (
        (jobs.c.state == JobState.RUNNING.value) & (jobs.c.expires_at <= now(connection))
    )
    in_order = (jobs.c.created_at, jobs.c.id)
    oldest = select(*_JOB).where(free & wanted).order_by(*in_order).limit(1)
    first = connection.execute(oldest.with_for_update(skip_locked=True)).first()
    if first is None:
        return ()
    same = (jobs.c.gallery_id == first.gallery_id) & (jobs.c.kind == first.kind)
    others = select(jobs.c.id).where(free & same).order_by(*in_order).limit(limit)
    ids = set(connection.execute(others.with_for_update(skip_locked=True)).scalars()) | {first.id}
    taken = update(jobs).where(jobs.c.id.in_(sorted(ids)))
    running = taken.values(
        state=JobState.RUNNING.value,
        holder=holder,
        expires_at=now(connection) + lease_s,
        updated_at=now(connection),
    )
    rows = connection.execute(running.returning(*_JOB)).all()
    return sorted((_job(row) for row in rows), key=lambda one: (one.created_at, one.id))


def report_job(
    connection: Connection,
    job_id: str,
    holder: str,
    *,
    done: int,
    total: int | None,
    note: str,
    lease_s: float,
) -> bool:
    return _change(
        connection,
        job_id,
        holder,
        done=done,
        total=total,
        note=note,
        expires_at=now(connection) + lease_s,
    )


def finish_job(connection: Connection, job_id: str, holder: str, result: Mapping[str, Any]) -> bool:
    written = json.dumps(result)
    return _change(connection, job_id, holder, state=JobState.DONE.value, result=written, note="")


def fail_job(connection: Connection, job_id: str, holder: str, error: str, hint: str) -> bool:
    return _change(
        connection,
        job_id,
        holder,
        state=JobState.FAILED.value,
        error=storable(error),
        hint=storable(hint),
        note="",
    )


def release_jobs(connection: Connection, holder: str) -> None:
    mine = (jobs.c.holder == holder) & (jobs.c.state == JobState.RUNNING.value)
    connection.execute(update(jobs).where(mine).values(state=JobState.WAITING.value, holder=""))


def n_unended(connection: Connection, gallery_id: int) -> int:
    query = select(func.count()).select_from(jobs)
    mine = query.where(jobs.c.gallery_id == gallery_id, jobs.c.state.in_(_UNENDED))
    return int(connection.execute(mine).scalar_one())


def forget_jobs(connection: Connection, older_than_s: float) -> int:
    long_ago = jobs.c.updated_at < now(connection) - older_than_s
    ended = jobs.c.state.not_in(_UNENDED)
    return connection.execute(delete(jobs).where(ended, long_ago)).rowcount


def _change(connection: Connection, job_id: str, holder: str, **values: object) -> bool:
    held: ColumnElement[bool] = (
        (jobs.c.id == job_id) & (jobs.c.holder == holder) & (jobs.c.state == JobState.RUNNING.value)
    )
    changed = update(jobs).where(held).values(updated_at=now(connection), **values)
    return connection.execute(changed).rowcount == 1


def _job(row: Row[Any]) -> Job:
    fields = row._asdict()
    fields["request"], fields["result"] = json.loads(row.request), json.loads(row.result)
    fields["kind"], fields["state"] = JobKind(row.kind), JobState(row.state)
    return Job(**fields)
