"""What helps to ask: suggestions while typing, and how an answer divides."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import EngineDep, GalleryName, Searching
from api.engine import Engine
from api.errors import refusals
from api.facets import facets as facets_of
from api.schemas.common import FilterText, QueryText
from api.schemas.gallery import Facets, Suggestions
from api.suggesting import suggest as suggestions_for

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["search"])


@router.get("/suggest", summary="Ways to go on typing", responses=refusals(404))
async def suggest(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    q: Annotated[QueryText, Query()] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Suggestions:
    """Tags, keys and values that begin like the last word of the text."""
    return await engine.searches.run(request, partial(_suggest, engine, gallery, q, limit))


@router.get("/facets", summary="How an answer divides", responses=refusals(400, 404))
async def facets(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    q: Annotated[QueryText, Query()] = "",
    where: Annotated[FilterText, Query()] = "",
) -> Facets:
    """Counts by tag, year, camera and kind. Each value names the filter that narrows to it."""
    return await engine.searches.run(request, partial(_facets, engine, gallery, q, where))


def _suggest(engine: Engine, gallery: str, typed: str, limit: int) -> Suggestions:
    with engine.catalogue.reading() as snapshot:
        found = suggestions_for(snapshot, snapshot.gallery(gallery), typed, limit)
    return Suggestions(suggestions=found)


def _facets(engine: Engine, gallery: str, box: str, where: str) -> Facets:
    return facets_of(engine.catalogue, gallery, engine.galleries.searcher(gallery), box, where)
