"""Whether the service lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.dependencies import EngineDep
from api.errors import error_response
from api.schemas.errors import ErrorBody

router = APIRouter(prefix="/health", tags=["operation"])


class Health(BaseModel):
    status: str


@router.get("/live", summary="The process answers", response_model=Health)
async def live() -> Response:
    return JSONResponse({"status": "live"})


@router.get(
    "/ready",
    summary="Indexes and models are loaded",
    response_model=Health,
    responses={503: {"model": ErrorBody, "description": "Not yet; ask again."}},
)
async def ready(engine: EngineDep) -> Response:
    if engine.ready:
        return JSONResponse({"status": "ready"})
    return error_response(
        503,
        "Indexes and models are being loaded.",
        "not_ready",
        "Ask again in a second; searches sent now wait for it.",
        {"Retry-After": "1"},
    )
