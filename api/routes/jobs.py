"""Jobs: asked for, looked at, followed as they go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from api.dependencies import Administering, EngineDep, GalleryName, Writing
from api.engine import Engine
from api.errors import refusals
from api.schemas.jobs import JobBody, ReindexRequest
from search.domain.service import Job, JobKind
from search.errors import NotFoundError, UsageError

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["jobs"])

JobId = Annotated[str, Path(max_length=64, description="What the request that began it gave.")]

_LOOK_S = 0.3
_SAY_SOMETHING_S = 15.0


@router.get("/jobs/{job}", summary="How far a job is", responses=refusals(404))
async def show(
    request: Request, engine: EngineDep, caller: Writing, gallery: GalleryName, job: JobId
) -> JobBody:
    return job_body(await engine.searches.run(request, partial(_job, engine, gallery, job)))


@router.get(
    "/jobs/{job}/events",
    summary="Follow a job",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events `job`, each a job as JSON, until it has ended.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **refusals(404),
    },
)
async def events(
    request: Request, engine: EngineDep, caller: Writing, gallery: GalleryName, job: JobId
) -> Response:
    """The job now, and again whenever it has changed; the stream ends with the job."""
    first = await engine.searches.run(request, partial(_job, engine, gallery, job))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _events(engine, gallery, first)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@router.post(
    "/reindex",
    summary="Build the index again, or change the model",
    status_code=202,
    responses=refusals(400, 404),
)
async def reindex(
    request: Request,
    response: Response,
    engine: EngineDep,
    caller: Administering,
    gallery: GalleryName,
    body: ReindexRequest,
) -> JobBody:
    """Searches go on with what there is until the new index, or model, takes over at once."""
    if body.rollback and (body.model or body.activate or body.full):
        raise UsageError("Going back goes with nothing else.", hint="Send rollback alone.")
    job = await engine.searches.run(None, partial(_add, engine, gallery, body))
    engine.wake_worker()
    response.headers["Location"] = f"/v1/galleries/{gallery}/jobs/{job.id}"
    return job_body(job)


def job_body(job: Job) -> JobBody:
    """A job as the service shows it."""
    return JobBody(
        job=job.id,
        kind=job.kind,
        state=job.state,
        done=job.done,
        total=job.total,
        note=job.note,
        created_at=job.created_at,
        updated_at=job.updated_at,
        result=dict(job.result),
        error=job.error,
        hint=job.hint,
    )


async def _events(engine: Engine, gallery: str, job: Job) -> AsyncIterator[str]:
    told: Job | None = None
    silent_s = 0.0
    while True:
        if job != told:
            told, silent_s = job, 0.0
            yield f"event: job\ndata: {json.dumps(job_body(job).model_dump(mode='json'))}\n\n"
        elif silent_s >= _SAY_SOMETHING_S:
            silent_s = 0.0
            yield ": still here\n\n"
        if job.ended or engine.stopping:
            return
        await asyncio.sleep(_LOOK_S)
        silent_s += _LOOK_S
        try:
            job = await asyncio.to_thread(_job, engine, gallery, job.id)
        except NotFoundError:
            return


def _job(engine: Engine, gallery: str, job_id: str) -> Job:
    found = engine.catalogue.job_store.job(job_id)
    if found.gallery_id != engine.galleries.row(gallery).id:
        raise NotFoundError("There is no such job.", hint="It may be another gallery's.")
    return found


def _add(engine: Engine, gallery: str, body: ReindexRequest) -> Job:
    row = engine.galleries.row(gallery)
    return engine.catalogue.job_store.add_job(row.id, JobKind.REINDEX, body.model_dump())
