"""Taxonomies that learn from people: examples, teaching, calibrating, reviewing, health."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import Administering, EngineDep, GalleryName, Writing, representing
from api.engine import Engine
from api.errors import refusals
from api.learning import calibration_body, head_body
from api.representing import Representing, clean
from api.routes.jobs import job_body
from api.routes.taxonomies import TaxonomyName, taxonomy_body
from api.schemas.jobs import JobBody
from api.schemas.learning import (
    CalibrateAnswer,
    CalibrateRequest,
    ClusterBody,
    ClusterExampleBody,
    ExamplesRequest,
    PairBody,
    ReviewAnswer,
    TaxonomyHealth,
    TeachAnswer,
    TeachRequest,
)
from api.schemas.taxonomies import ExamplesAnswer
from search.categories.examples import with_category
from search.categories.health import N_CLUSTERS, examine
from search.categories.learning import Learning
from search.categories.managing import known_taxonomy
from search.categories.resolving import resolve_category
from search.categories.stored import StoredTaxonomy
from search.domain.category import Verdict
from search.domain.gallery import Gallery
from search.domain.item import ItemState
from search.domain.service import JobKind
from search.errors import NotFoundError, UsageError

router = APIRouter(prefix="/v1/galleries/{gallery}/taxonomies", tags=["taxonomies"])


@router.post("/{taxonomy}/calibrate", summary="Calibrate a taxonomy", responses=refusals(400, 404))
async def calibrate(
    engine: EngineDep,
    caller: Administering,
    gallery: GalleryName,
    taxonomy: TaxonomyName,
    body: CalibrateRequest,
) -> CalibrateAnswer:
    """Fits a temperature, and a line for each category, to what people decided, so that
    probabilities mean what they say. Labels that are too few are said, and change nothing."""
    answer = await engine.searches.run(None, partial(_calibrate, engine, gallery, taxonomy, body))
    engine.wake_worker()
    return answer


@router.post("/{taxonomy}/teach", summary="Teach a taxonomy", responses=refusals(400, 404))
async def teach(
    engine: EngineDep,
    caller: Administering,
    gallery: GalleryName,
    taxonomy: TaxonomyName,
    body: TeachRequest,
) -> TeachAnswer:
    """Trains a head on what people decided and says what it does on labels that were kept out.
    A `dry_run` first shows whether it is worth using."""
    answer = await engine.searches.run(None, partial(_teach, engine, gallery, taxonomy, body))
    engine.wake_worker()
    return answer


@router.post(
    "/{taxonomy}/examples", summary="Make a category of items", responses=refusals(400, 404, 409)
)
async def examples(
    engine: EngineDep,
    caller: Administering,
    gallery: GalleryName,
    taxonomy: TaxonomyName,
    body: ExamplesRequest,
) -> ExamplesAnswer:
    """Accepts a category for items. Category and taxonomy are made where they are new; teach the
    taxonomy afterwards, so that it finds more like them."""
    return await engine.searches.run(None, partial(_examples, engine, gallery, taxonomy, body))


@router.get("/{taxonomy}/review", summary="What to review", responses=refusals(404, 409))
async def review(
    request: Request,
    engine: EngineDep,
    caller: Writing,
    gallery: GalleryName,
    taxonomy: TaxonomyName,
    category: Annotated[
        str, Query(max_length=1_000, description="Only guesses of this one, or below it.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=500, description="Most items wanted.")] = 50,
) -> ReviewAnswer:
    """The items that the model is least certain of, and nobody has decided about, first."""
    shown = representing(gallery, caller)
    work = partial(_review, engine, gallery, taxonomy, category, limit, shown)
    return await engine.searches.run(request, work)


@router.get("/{taxonomy}/health", summary="How well a taxonomy fits", responses=refusals(404))
async def health(
    request: Request,
    engine: EngineDep,
    caller: Writing,
    gallery: GalleryName,
    taxonomy: TaxonomyName,
    clusters: Annotated[int, Query(ge=0, le=24, description="Most groups wanted.")] = N_CLUSTERS,
) -> TaxonomyHealth:
    """Categories that the model cannot tell apart, those without items, and items without a
    category in groups that suggest a new one."""
    shown = representing(gallery, caller)
    work = partial(_health, engine, gallery, taxonomy, clusters, shown)
    return await engine.searches.run(request, work)


def _stored(engine: Engine, gallery: str, name: str) -> tuple[Gallery, StoredTaxonomy]:
    row = engine.galleries.row(gallery)
    with engine.catalogue.reading() as snapshot:
        return row, snapshot.taxonomy(row.id, name)


def _learning(engine: Engine, gallery: Gallery) -> Learning:
    """Learning in the space that the gallery's searches use; raises NotFoundError where nothing
    has been indexed in it yet."""
    space = engine.galleries.active_space(gallery.name)
    return Learning(engine.catalogue, gallery.id, space, lambda: engine.models.of_space(space))


def _calibrate(engine: Engine, gallery: str, name: str, body: CalibrateRequest) -> CalibrateAnswer:
    row, stored = _stored(engine, gallery, name)
    learning = _learning(engine, row)
    if body.undo:
        _check_undo(dry_run=body.dry_run or body.precision is not None)
        learning.undo_calibration(stored)
        job = _assign(engine, row, stored)
        return CalibrateAnswer(
            taxonomy=clean(stored.name), dry_run=False, undone=True, calibration=None, job=job
        )
    found = learning.calibrate(stored, wanted_precision=body.precision)
    if not body.dry_run:
        learning.keep_calibration(stored, found)
    return CalibrateAnswer(
        taxonomy=clean(stored.name),
        dry_run=body.dry_run,
        undone=False,
        calibration=calibration_body(found),
        job=None if body.dry_run else _assign(engine, row, stored),
    )


def _teach(engine: Engine, gallery: str, name: str, body: TeachRequest) -> TeachAnswer:
    row, stored = _stored(engine, gallery, name)
    learning = _learning(engine, row)
    if body.undo:
        _check_undo(dry_run=body.dry_run)
        learning.undo_head(stored)
        job = _assign(engine, row, stored)
        return TeachAnswer(
            taxonomy=clean(stored.name), dry_run=False, undone=True, head=None, job=job
        )
    lesson = learning.teach(stored)
    if not body.dry_run:
        learning.keep(stored, lesson)
    lines = () if lesson.calibration is None else lesson.calibration.thresholds
    return TeachAnswer(
        taxonomy=clean(stored.name),
        dry_run=body.dry_run,
        undone=False,
        head=head_body(lesson.report, lines),
        job=None if body.dry_run else _assign(engine, row, stored),
    )


def _check_undo(*, dry_run: bool) -> None:
    if dry_run:
        raise UsageError("Undo goes with nothing else.", hint="Send undo alone.")


def _assign(engine: Engine, row: Gallery, stored: StoredTaxonomy) -> JobBody:
    request = {"taxonomies": [stored.name]}
    return job_body(engine.catalogue.job_store.add_job(row.id, JobKind.ASSIGN, request))


def _examples(engine: Engine, gallery: str, name: str, body: ExamplesRequest) -> ExamplesAnswer:
    row = engine.galleries.row(gallery)
    stored = known_taxonomy(engine.catalogue, row.name, name)
    with engine.catalogue.reading() as snapshot:
        there = {
            one.id for one in snapshot.items(row.id, body.items) if one.state is ItemState.LIVE
        }
    missing = sorted(set(body.items) - there)
    if missing:
        raise NotFoundError(
            f"There is no item {missing[0]} in the gallery {gallery}.",
            hint="A search lists the items' numbers.",
        )
    before = None if stored is None else stored.taxonomy
    taxonomy, path = with_category(before, name, body.category, body.mode)
    with engine.catalogue.writing(row.id) as work:
        kept = work.store_taxonomy(taxonomy)
        n = work.decide(body.items, kept.category_ids[path], Verdict.ACCEPT)
        revision = work.commit()
    return ExamplesAnswer(
        taxonomy=taxonomy_body(kept), category=clean(path), accepted=n, revision=revision
    )


def _review(
    engine: Engine, gallery: str, name: str, category: str, limit: int, shown: Representing
) -> ReviewAnswer:
    row, stored = _stored(engine, gallery, name)
    path = resolve_category([stored], category).path if category else ""
    with engine.catalogue.reading() as snapshot:
        ids = snapshot.uncertain_items(stored.id, row.id, path=path, limit=limit)
        records = snapshot.items(row.id, ids)
        guesses = snapshot.item_guesses(row.id, ids)
        n_labels = len({one.item_id for one in snapshot.decisions(stored.id)})
    return ReviewAnswer(
        items=[shown.item(record, guesses.get(record.id, ())) for record in records],
        labels=n_labels,
    )


def _health(
    engine: Engine, gallery: str, name: str, n_clusters: int, shown: Representing
) -> TaxonomyHealth:
    row, stored = _stored(engine, gallery, name)
    space = engine.galleries.active_space(gallery)
    found = examine(
        engine.catalogue,
        row.id,
        stored,
        space,
        lambda: engine.models.of_space(space),
        n_groups=n_clusters,
    )
    wanted = [item for group in found.groups for item in group.examples]
    with engine.catalogue.reading() as snapshot:
        views = {one.id: one.views for one in snapshot.items(row.id, wanted)}
    return TaxonomyHealth(
        taxonomy=clean(stored.name),
        space=space.id,
        items=found.n_items,
        with_category=found.n_items - found.n_without,
        without_category=found.n_without,
        not_told_apart=[
            PairBody(
                categories=[clean(path) for path in one.paths],
                similarity=one.similarity,
                items=one.n_items,
                of=one.n_of,
            )
            for one in found.not_told_apart
        ],
        without_items=[clean(path) for path in found.without_items],
        clusters=[
            ClusterBody(
                items=one.n_items,
                words=[clean(word) for word in one.words],
                examples=[
                    ClusterExampleBody(item=item, images=shown.images(item, views[item][0].id))
                    for item in one.examples
                    if views.get(item)
                ],
            )
            for one in found.groups
        ],
    )
