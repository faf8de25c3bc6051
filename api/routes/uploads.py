"""Adding pictures: kept at once, embedded in the background."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import UploadFile

from api.bodies import form_text, media_type, read_form, read_json, unsupported
from api.dependencies import EngineDep, GalleryName, Writing
from api.engine import Engine
from api.errors import refusals
from api.openapi import BINARY, request_body
from api.pictures.queries import from_base64
from api.routes.jobs import job_body
from api.schemas.common import TagName
from api.schemas.jobs import JobBody, UploadForm, UploadRequest
from api.uploads import UploadedFile
from search.domain.service import Job
from search.errors import PictureError, UsageError

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["items"])

BODIES = (UploadRequest, UploadForm)

_LONGEST_TAG = 255


@router.post(
    "/items",
    summary="Add pictures",
    status_code=202,
    responses=refusals(400, 404, 408, 413, 415),
    openapi_extra=request_body(
        {
            "multipart/form-data": UploadForm,
            "application/json": UploadRequest,
            "image/*": BINARY,
            "application/octet-stream": BINARY,
        }
    ),
)
async def add(
    request: Request,
    response: Response,
    engine: EngineDep,
    caller: Writing,
    gallery: GalleryName,
    name: Annotated[
        str, Query(max_length=300, description="File name of a picture that is the body itself.")
    ] = "picture",
    tag: Annotated[
        list[TagName], Query(max_length=100, description="Tags of a picture that is the body.")
    ] = [],  # noqa: B006 FastAPI copies it
) -> JobBody:
    """Send a form with one or more files `image`, JSON with a picture in base64, or the picture
    itself. The answer comes when the pictures are safely stored; its job tells when they can be
    found. The same content sent again becomes no second item."""
    files, tags = await _sent(request, name, tag)
    job = await engine.pictures.run(None, partial(_take, engine, gallery, files, tags))
    engine.wake_worker()
    response.headers["Location"] = f"/v1/galleries/{gallery}/jobs/{job.id}"
    return job_body(job)


async def _sent(
    request: Request, name: str, tags: Sequence[str]
) -> tuple[list[UploadedFile], list[str]]:
    kind = media_type(request)
    if kind == "application/json":
        body = await read_json(request, UploadRequest)
        return [UploadedFile(body.name, from_base64(body.image))], body.tags
    if kind == "multipart/form-data":
        return await _form_files(request)
    if kind.startswith("image/") or kind == "application/octet-stream":
        return [UploadedFile(name, await request.body())], list(tags)
    raise unsupported(request, "multipart/form-data", "application/json", "image/*")


async def _form_files(request: Request) -> tuple[list[UploadedFile], list[str]]:
    form = await read_form(request)
    try:
        sent = form.getlist("image")
        if not sent:
            raise UsageError("The form has no picture.", hint="Send files in the field image.")
        files = []
        for one in sent:
            if not isinstance(one, UploadFile):
                raise PictureError(
                    "The field image is text, not a file.",
                    hint="Send the picture as a file, with a name.",
                )
            files.append(UploadedFile(one.filename or "picture", await one.read()))
        tags = [tag.strip() for tag in form_text(form, "tags").split(",") if tag.strip()]
    finally:
        await form.close()
    if any(len(tag) > _LONGEST_TAG for tag in tags):
        raise UsageError(f"A tag has at most {_LONGEST_TAG} characters.", hint="Shorten it.")
    return files, tags


def _take(engine: Engine, gallery: str, files: Sequence[UploadedFile], tags: Sequence[str]) -> Job:
    with engine.metrics.stages.labels("upload").time():
        return engine.uploads.take(engine.galleries.row(gallery), files, tags)
