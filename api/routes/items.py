"""Items: seen, tagged, deleted, brought back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Request

from api.dependencies import EngineDep, GalleryName, ItemNumber, Searching, Writing, representing
from api.engine import Engine
from api.errors import refusals
from api.retraining import teach_when_due
from api.schemas.items import (
    BatchAnswer,
    BatchRequest,
    CategoryOperation,
    Deleted,
    ItemBody,
    ItemPatch,
    OperationResult,
    StateOperation,
    TagOperation,
)
from api.undoing import said_of, undoing
from search.categories.resolving import resolve_category
from search.categories.stored import StoredTaxonomy
from search.domain.category import ItemGuess, Verdict
from search.domain.gallery import Gallery
from search.domain.item import ItemRecord, TagOrigin
from search.errors import NotFoundError, UsageError
from search.ports.catalogue import UnitOfWork

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["items"])

Operation = TagOperation | StateOperation | CategoryOperation


@router.get("/items/{item}", summary="All about an item", responses=refusals(404))
async def show(
    request: Request, engine: EngineDep, caller: Searching, gallery: GalleryName, item: ItemNumber
) -> ItemBody:
    """Its facts, tags, pictures and categories, and what the model makes of it. Deleted and missing
    items are shown, with their state."""
    work = partial(_with_guesses, engine, gallery, item)
    record, guesses = await engine.searches.run(request, work)
    return representing(gallery, caller).item(record, guesses)


@router.patch("/items/{item}", summary="Change an item's tags", responses=refusals(400, 404, 409))
async def change(
    request: Request,
    engine: EngineDep,
    caller: Writing,
    gallery: GalleryName,
    item: ItemNumber,
    patch: ItemPatch,
) -> ItemBody:
    """A file's own keyword that is taken off here does not come back with the next scan."""
    operations: list[Operation] = []
    if patch.remove_tags:
        operations.append(TagOperation(op="remove_tags", items=[item], tags=patch.remove_tags))
    if patch.add_tags:
        operations.append(TagOperation(op="add_tags", items=[item], tags=patch.add_tags))
    record, guesses = await engine.searches.run(
        None, partial(_changed, engine, gallery, item, operations)
    )
    return representing(gallery, caller).item(record, guesses)


@router.delete("/items/{item}", summary="Delete an item", responses=refusals(404, 409))
async def delete(
    request: Request, engine: EngineDep, caller: Writing, gallery: GalleryName, item: ItemNumber
) -> Deleted:
    """No search finds it any more. The file stays where it is, and `undelete` brings it back."""
    operation = StateOperation(op="delete", items=[item])
    answer = await engine.searches.run(None, partial(_apply, engine, gallery, [operation]))
    return Deleted(deleted=answer.results[0].changed, revision=answer.revision)


@router.post(
    "/items:batch", summary="Change many items at once", responses=refusals(400, 404, 409, 413)
)
async def batch(
    request: Request, engine: EngineDep, caller: Writing, gallery: GalleryName, body: BatchRequest
) -> BatchAnswer:
    """All operations happen in one step, or none does."""
    return await engine.searches.run(None, partial(_apply, engine, gallery, body.operations))


def _records(engine: Engine, gallery: str, item_ids: Sequence[int]) -> Sequence[ItemRecord]:
    """The items, in order; raises NotFoundError where one is not there."""
    with engine.catalogue.reading() as snapshot:
        records = snapshot.items(snapshot.gallery(gallery).id, item_ids)
    missing = sorted(set(item_ids) - {record.id for record in records})
    if missing:
        raise NotFoundError(
            f"There is no item {missing[0]} in the gallery {gallery}.",
            hint="A search lists the items' numbers.",
        )
    return records


def _with_guesses(
    engine: Engine, gallery: str, item: int
) -> tuple[ItemRecord, Sequence[ItemGuess]]:
    (record,) = _records(engine, gallery, [item])
    with engine.catalogue.reading() as snapshot:
        found = snapshot.item_guesses(snapshot.gallery(gallery).id, [item])
    return record, found.get(item, ())


def _changed(
    engine: Engine, gallery: str, item: int, operations: Sequence[Operation]
) -> tuple[ItemRecord, Sequence[ItemGuess]]:
    _records(engine, gallery, [item])
    if operations:
        _apply(engine, gallery, operations)
    return _with_guesses(engine, gallery, item)


def _apply(engine: Engine, gallery: str, operations: Sequence[Operation]) -> BatchAnswer:
    _records(engine, gallery, sorted({item for one in operations for item in one.items}))
    row = engine.galleries.row(gallery)
    decided = sorted(
        {i for one in operations if isinstance(one, CategoryOperation) for i in one.items}
    )
    with engine.catalogue.reading() as snapshot:
        taxonomies = snapshot.taxonomies(row.id) if decided else ()
        before = said_of(snapshot, row.id, decided)
    with engine.catalogue.writing(row.id) as work:
        results = [
            OperationResult(op=one.op, changed=_perform(work, one, taxonomies))
            for one in operations
        ]
        revision = work.commit()
    with engine.catalogue.reading() as snapshot:
        undo = undoing(before, said_of(snapshot, row.id, decided))
    _teach_when_due(engine, row, taxonomies, operations, results)
    return BatchAnswer(results=results, revision=revision, undo=undo)


def _teach_when_due(
    engine: Engine,
    row: Gallery,
    taxonomies: Sequence[StoredTaxonomy],
    operations: Sequence[Operation],
    results: Sequence[OperationResult],
) -> None:
    n_new: dict[str, int] = {}
    for operation, result in zip(operations, results, strict=True):
        if isinstance(operation, CategoryOperation) and operation.op != "forget":
            meant = resolve_category(taxonomies, operation.category, operation.taxonomy)
            name = meant.taxonomy.name
            n_new[name] = n_new.get(name, 0) + result.changed
    for stored in taxonomies:
        teach_when_due(engine, row, stored, n_new.get(stored.name, 0))


def _perform(work: UnitOfWork, operation: Operation, taxonomies: Sequence[StoredTaxonomy]) -> int:
    match operation:
        case CategoryOperation():
            return _decide(work, operation, taxonomies)
        case TagOperation(op="add_tags", items=items, tags=tags):
            return work.add_tags(items, tags, origin=TagOrigin.PERSON)
        case TagOperation(items=items, tags=tags):
            return work.remove_tags(items, tags)
        case StateOperation(op="delete", items=items):
            return work.delete_items(items)
        case StateOperation(items=items):
            return work.restore_items(items)


def _decide(
    work: UnitOfWork, operation: CategoryOperation, taxonomies: Sequence[StoredTaxonomy]
) -> int:
    if operation.instead_of is not None and operation.op != "relabel":
        raise UsageError(
            f"instead_of does not go with {operation.op}.", hint="Send it with relabel, or not."
        )
    meant = resolve_category(taxonomies, operation.category, operation.taxonomy)
    if operation.op == "forget":
        return work.undecide(operation.items, meant.id)
    if operation.op == "reject":
        return work.decide(operation.items, meant.id, Verdict.REJECT)
    if operation.instead_of is not None:
        former = resolve_category([meant.taxonomy], operation.instead_of)
        work.decide(operation.items, former.id, Verdict.REJECT)
    return work.decide(operation.items, meant.id, Verdict.ACCEPT)
