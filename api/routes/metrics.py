"""Figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.dependencies import Administering, EngineDep
from api.engine import Engine
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
    _measure(engine)
    return Response(engine.metrics.render(), media_type=CONTENT_TYPE_LATEST)


def _measure(engine: Engine) -> None:
    """Bring the gauges up to date with what is in memory."""
    told = engine.metrics
    told.waiting.labels("searches").set(engine.searches.n_admitted)
    told.waiting.labels("pictures").set(engine.pictures.n_admitted)
    told.waiting.labels("fetches").set(engine.fetches.n_admitted)
    for name, searcher in engine.galleries.known().items():
        state = searcher.state
        if state is not None:
            n_views = len(state.generation) if state.generation is not None else 0
            told.index_views.labels(name).set(n_views)
            told.tail_views.labels(name).set(len(state.tail))
            told.revision.labels(name).set(state.revision)
