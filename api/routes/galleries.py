"""Galleries: which there are, what they hold, what failed."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import Administering, EngineDep, GalleryName, Searching
from api.engine import Engine
from api.errors import refusals
from api.representing import clean
from api.schemas.gallery import (
    FailureBody,
    Failures,
    Galleries,
    GalleryBody,
    GenerationBody,
    SpaceBody,
    Status,
)
from api.security.callers import Caller
from search.domain.gallery import Gallery, GallerySpace
from search.ports.catalogue import Snapshot

router = APIRouter(prefix="/v1/galleries", tags=["galleries"])


@router.get("", summary="The galleries that the caller may search", responses=refusals())
async def galleries(request: Request, engine: EngineDep, caller: Searching) -> Galleries:
    return await engine.searches.run(request, partial(_galleries, engine, caller))


@router.get("/{gallery}/status", summary="What a gallery holds", responses=refusals(404))
async def status(
    request: Request, engine: EngineDep, caller: Searching, gallery: GalleryName
) -> Status:
    return await engine.searches.run(request, partial(_status, engine, gallery))


@router.get("/{gallery}/failures", summary="Files that failed", responses=refusals(404))
async def failures(
    request: Request,
    engine: EngineDep,
    caller: Administering,
    gallery: GalleryName,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most files wanted.")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Files to pass over first.")] = 0,
) -> Failures:
    """Files that could not be indexed, and why; they are tried again when they change."""
    work = partial(_failures, engine, gallery, limit, offset)
    return await engine.searches.run(request, work)


def _galleries(engine: Engine, caller: Caller) -> Galleries:
    with engine.catalogue.reading() as snapshot:
        return Galleries(
            galleries=[
                GalleryBody(
                    name=row.name,
                    items=snapshot.counts(row.id).items,
                    space=row.active_space_id,
                    revision=row.revision,
                )
                for row in snapshot.galleries()
                if caller.gallery_ids is None or row.id in caller.gallery_ids
            ]
        )


def _failures(engine: Engine, gallery: str, limit: int, offset: int) -> Failures:
    with engine.catalogue.reading() as snapshot:
        row = snapshot.gallery(gallery)
        failed = snapshot.failed_files(row.id)
    shown = [
        FailureBody(
            uri=clean(one.uri),
            name=clean(engine.uploads.shown_name(row.id, one.uri)),
            reason=clean(one.reason),
        )
        for one in failed[offset : offset + limit]
    ]
    return Failures(failures=shown, total=len(failed))


def _status(engine: Engine, gallery: str) -> Status:
    searcher = engine.galleries.known().get(gallery)
    with engine.catalogue.reading() as snapshot:
        row = snapshot.gallery(gallery)
        counts = snapshot.counts(row.id)
        spaces = snapshot.spaces(row.id)
        active = next((s for s in spaces if s.space.id == row.active_space_id), None)
        state = searcher.state if searcher is not None else None
        if state is not None and state.is_of(row) and state.revision == row.revision:
            tail = len(state.tail)
        else:
            tail = _tail(snapshot, row, active)
        used = {space.generation_id for space in spaces}
        return Status(
            gallery=row.name,
            space=row.active_space_id,
            model=active.space.spec if active else None,
            revision=row.revision,
            items=counts.items,
            views=counts.views,
            embedded=counts.embedded,
            missing=counts.missing,
            failed=counts.failed,
            tail=tail,
            spaces=[
                SpaceBody(
                    space=one.space.id,
                    model=one.space.spec,
                    active=one.space.id == row.active_space_id,
                    previous=one.space.id == row.previous_space_id,
                    wanted=one.wanted,
                    missing_views=snapshot.n_unembedded(row.id, one.space.id),
                )
                for one in spaces
            ],
            generations=[
                GenerationBody(
                    folder=one.folder,
                    space=one.space_id,
                    revision=one.revision,
                    rows=one.n_rows,
                    active=one.id in used,
                )
                for one in snapshot.generations(row.id)
            ],
            jobs=engine.catalogue.job_store.n_unended(row.id),
        )


def _tail(snapshot: Snapshot, row: Gallery, active: GallerySpace | None) -> int:
    if active is None:
        return 0
    if active.generation_id is None:
        return snapshot.counts(row.id).embedded
    since = snapshot.generation(active.generation_id).revision
    return len(snapshot.changes(row.id, active.space.id, since).rows)
