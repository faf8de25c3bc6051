"""What helps to ask: suggestions while typing, and how an answer divides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import EngineDep, GalleryName, Searching
from api.engine import Engine
from api.errors import refusals
from api.facets import facets as facets_of
from api.remembered import Remembered
from api.routes.search import terms_of
from api.schemas.common import FilterText, QueryText
from api.schemas.gallery import Facets, Suggestions
from api.schemas.search import Question
from api.suggesting import suggest as suggestions_for
from search.domain.query import Term

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["search"])


@router.get("/suggest", summary="Ways to go on typing", responses=refusals(404))
async def suggest(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    q: Annotated[QueryText, Query()] = "",
    limit: Annotated[int, Query(ge=1, le=50, description="Most suggestions wanted.")] = 10,
) -> Suggestions:
    """Tags, keys and values that begin like the last word of the text."""
    return await engine.searches.run(
        request, partial(_suggest, engine, _remembered(request), gallery, q, limit)
    )


@router.get("/facets", summary="How an answer divides", responses=refusals(400, 404))
async def facets(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    q: Annotated[QueryText, Query()] = "",
    where: Annotated[FilterText, Query()] = "",
) -> Facets:
    """Counts by tag, year, camera, kind and month. Each value names the filter that narrows to
    it."""
    return await engine.searches.run(
        request, partial(_facets, engine, _remembered(request), gallery, q, where)
    )


@router.post(
    "/facets",
    summary="How an answer to texts, pictures and items divides",
    responses=refusals(400, 404, 409, 413),
)
async def facets_of_terms(
    request: Request, engine: EngineDep, caller: Searching, gallery: GalleryName, body: Question
) -> Facets:
    """The same counts for the terms that `POST /search` takes."""
    terms, _ = await terms_of(request, engine, gallery, body)
    work = partial(_facets, engine, _remembered(request), gallery, body.q, body.where, terms)
    return await engine.searches.run(request, work)


def _remembered(request: Request) -> Remembered:
    kept: Remembered = request.app.state.remembered
    return kept


def _suggest(
    engine: Engine, remembered: Remembered, gallery: str, typed: str, limit: int
) -> Suggestions:
    with engine.catalogue.reading() as snapshot:
        found = suggestions_for(snapshot, snapshot.gallery(gallery), typed, limit, remembered)
    return Suggestions(suggestions=found)


def _facets(
    engine: Engine,
    remembered: Remembered,
    gallery: str,
    box: str,
    where: str,
    terms: Sequence[Term] = (),
) -> Facets:
    searcher = engine.galleries.searcher(gallery)
    return facets_of(engine.catalogue, gallery, searcher, box, where, terms, remembered=remembered)
