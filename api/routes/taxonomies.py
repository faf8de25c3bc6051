"""Taxonomies: seen, imported, assigned, switched off."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.dependencies import Administering, EngineDep, GalleryName, Searching
from api.engine import Engine
from api.errors import refusals
from api.learning import learnt_body
from api.representing import clean
from api.routes.jobs import job_body
from api.schemas.jobs import JobBody
from api.schemas.taxonomies import (
    CategoryBody,
    Taxonomies,
    TaxonomyBody,
    TaxonomyDetail,
    TaxonomyImport,
    TaxonomyImported,
    VersionBody,
)
from search.bootstrap import open_ready_made, ready_made_names
from search.categories.difference import difference
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Taxonomy
from search.categories.taxonomy_file import read_taxonomy, write_taxonomy
from search.domain.service import Job, JobKind
from search.errors import NotFoundError, UsageError

router = APIRouter(prefix="/v1/galleries/{gallery}/taxonomies", tags=["taxonomies"])

TaxonomyName = Annotated[str, Path(max_length=200, description="The taxonomy's name.")]


@router.get("", summary="The gallery's taxonomies", responses=refusals(404))
async def taxonomies(
    request: Request, engine: EngineDep, caller: Searching, gallery: GalleryName
) -> Taxonomies:
    """Those that were switched off, too; and the names of those that ship with the program."""
    return await engine.searches.run(request, partial(_all, engine, gallery))


@router.get("/{taxonomy}", summary="A taxonomy with its categories", responses=refusals(404))
async def show(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    taxonomy: TaxonomyName,
) -> TaxonomyDetail:
    """How many items each category has, the versions there were, and the file as text."""
    return await engine.searches.run(request, partial(_detail, engine, gallery, taxonomy))


@router.post("", summary="Import a taxonomy", status_code=202, responses=refusals(400, 404, 413))
async def import_taxonomy(
    engine: EngineDep, caller: Administering, gallery: GalleryName, body: TaxonomyImport
) -> TaxonomyImported:
    """Adds it, or makes a new version; a job then assigns its categories from what is stored.

    With `dry_run` nothing is stored, and the job's result says which items would change and how.
    """
    answer = await engine.searches.run(None, partial(_import, engine, gallery, body))
    engine.wake_worker()
    return answer


@router.post(
    "/{taxonomy}/assign", summary="Assign a taxonomy", status_code=202, responses=refusals(404)
)
async def assign(
    response: Response,
    engine: EngineDep,
    caller: Administering,
    gallery: GalleryName,
    taxonomy: TaxonomyName,
) -> JobBody:
    """To every item that is new or was assigned from something older; indexing does so, too."""
    job = await engine.searches.run(None, partial(_assign, engine, gallery, taxonomy))
    engine.wake_worker()
    response.headers["Location"] = f"/v1/galleries/{gallery}/jobs/{job.id}"
    return job_body(job)


@router.delete("/{taxonomy}", summary="Switch a taxonomy off", responses=refusals(404))
async def remove(
    engine: EngineDep, caller: Administering, gallery: GalleryName, taxonomy: TaxonomyName
) -> TaxonomyBody:
    """Items no longer have its categories; importing it again brings decisions back, too."""
    return await engine.searches.run(None, partial(_remove, engine, gallery, taxonomy))


def _all(engine: Engine, gallery: str) -> Taxonomies:
    with engine.catalogue.reading() as snapshot:
        row = snapshot.gallery(gallery)
        found = snapshot.taxonomies(row.id, also_inactive=True)
    return Taxonomies(
        taxonomies=[taxonomy_body(one) for one in found], ready_made=ready_made_names()
    )


def taxonomy_body(stored: StoredTaxonomy) -> TaxonomyBody:
    """A taxonomy as the service shows it."""
    taxonomy = stored.taxonomy
    return TaxonomyBody(
        taxonomy=clean(taxonomy.name),
        version=taxonomy.version,
        mode=taxonomy.mode,
        active=stored.active,
        categories=len(stored.category_ids),
        threshold=taxonomy.threshold,
        description=clean(taxonomy.description),
        licence=clean(taxonomy.licence),
    )


def _detail(engine: Engine, gallery: str, name: str) -> TaxonomyDetail:
    with engine.catalogue.reading() as snapshot:
        row = snapshot.gallery(gallery)
        stored = snapshot.taxonomy(row.id, name)
        counts = snapshot.category_counts(stored.id, row.id)
        versions = snapshot.taxonomy_versions(stored.id)
        known = learnt_body(snapshot, row, stored)
    return TaxonomyDetail(
        **taxonomy_body(stored).model_dump(),
        tree=[
            CategoryBody(
                category=one.path,
                items=counts.get(one.path, 0),
                words=list(one.words),
                threshold=one.threshold,
            )
            for one in stored.taxonomy.walk()
        ],
        versions=[
            VersionBody(version=one.version, categories=one.n_categories, created_at=one.created_at)
            for one in versions
        ],
        yaml=write_taxonomy(stored.taxonomy),
        learnt=known,
    )


def _import(engine: Engine, gallery: str, body: TaxonomyImport) -> TaxonomyImported:
    taxonomy = _wanted(body)
    row = engine.galleries.row(gallery)
    with engine.catalogue.reading() as snapshot:
        try:
            before: Taxonomy | None = snapshot.taxonomy(row.id, taxonomy.name).taxonomy
        except NotFoundError:
            before = None
    found = difference(before, taxonomy)
    version, job = None, None
    request: dict[str, object] = {"dry_run": write_taxonomy(taxonomy)}
    if not body.dry_run:
        with engine.catalogue.writing(row.id) as work:
            stored = work.store_taxonomy(taxonomy)
            work.commit()
        version, request = stored.taxonomy.version, {"taxonomies": [stored.name]}
    if body.assign or body.dry_run:
        job = engine.catalogue.job_store.add_job(row.id, JobKind.ASSIGN, request)
    return TaxonomyImported(
        taxonomy=taxonomy.name,
        version=version,
        added=list(found.added),
        removed=list(found.removed),
        changed=list(found.changed),
        settings=list(found.settings),
        job=None if job is None else job_body(job),
    )


def _wanted(body: TaxonomyImport) -> Taxonomy:
    if (body.yaml is None) == (body.ready_made is None):
        raise UsageError(
            "Send either yaml or ready_made.", hint="One of them names the taxonomy to import."
        )
    return open_ready_made(body.ready_made or "") if body.yaml is None else read_taxonomy(body.yaml)


def _assign(engine: Engine, gallery: str, name: str) -> Job:
    row = engine.galleries.row(gallery)
    with engine.catalogue.reading() as snapshot:
        stored = snapshot.taxonomy(row.id, name)
    request = {"taxonomies": [stored.name]}
    return engine.catalogue.job_store.add_job(row.id, JobKind.ASSIGN, request)


def _remove(engine: Engine, gallery: str, name: str) -> TaxonomyBody:
    row = engine.galleries.row(gallery)
    with engine.catalogue.reading() as snapshot:
        stored = snapshot.taxonomy(row.id, name)
    with engine.catalogue.writing(row.id) as work:
        work.set_taxonomy_active(stored.id, False)
        work.commit()
    with engine.catalogue.reading() as snapshot:
        return taxonomy_body(snapshot.taxonomy(row.id, name))
