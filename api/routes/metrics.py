"""Figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.dependencies import Administering, EngineDep
from api.errors import refusals

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **refusals(),
    },
)
async def metrics(engine: EngineDep, caller: Administering) -> Response:
    """Latencies by route and stage, batch sizes, sizes of indexes and tails, errors by code."""
    engine.measure()
    return Response(engine.metrics.render(), media_type=CONTENT_TYPE_LATEST)
