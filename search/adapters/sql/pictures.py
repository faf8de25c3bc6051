"""Storing pictures: files, items, views, facts and embeddings, a batch in some ten statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, update

from search.adapters.sql.embeddings import store_embeddings
from search.adapters.sql.facts import ItemFacts, gather_facts, write_facts
from search.adapters.sql.files import (
    SlotKey,
    file_values,
    files_at,
    places_of,
    slot_key,
    store_failures,
    update_files,
)
from search.adapters.sql.galleries import dims_of, unknown_space
from search.adapters.sql.inserting import insert_rows
from search.adapters.sql.items import settle_items
from search.adapters.sql.places import LONGEST, fits
from search.adapters.sql.tables import files, items, views
from search.adapters.sql.vectors import to_bytes
from search.adapters.sql.work import Work, chunks
from search.domain.indexing import CommitReport, FailedPicture, FileStatus, IndexedPicture
from search.domain.item import ItemState, ViewState

_TOO_LONG = f"Its path is longer than the {LONGEST:,} bytes that can be stored."

ItemKey = tuple[int, str]


@dataclass(slots=True)
class _Batch:
    """One picture per slot, and what is known and decided about each on the way."""

    pictures: dict[SlotKey, IndexedPicture]
    item_ids: dict[ItemKey, int] = field(default_factory=dict)
    new_items: set[int] = field(default_factory=set)
    file_ids: dict[SlotKey, int] = field(default_factory=dict)
    view_ids: dict[SlotKey, int] = field(default_factory=dict)
    outcome: Counter[str] = field(default_factory=Counter)

    def item_of(self, key: SlotKey) -> int:
        return self.item_ids[key[0], key[1]]


def store_pictures(work: Work, pictures: Sequence[IndexedPicture]) -> CommitReport:
    """Store a batch; of several pictures for one slot the last one counts.

    A picture whose path is too long for a database is recorded as failed, not stored.
    """
    if not pictures:
        return CommitReport()
    work.lock()
    given, pictures = pictures, [one for one in pictures if fits(one.slot)]
    if len(pictures) < len(given):
        store_failures(
            work,
            [
                FailedPicture(one.slot, one.stamp, _TOO_LONG, one.picture.content_hash)
                for one in given
                if not fits(one.slot)
            ],
        )
    batch = _Batch({slot_key(one.slot): one for one in pictures})
    vectors = _checked_vectors(work, batch)
    _store_items(work, batch)
    _store_files(work, batch)
    _store_views(work, batch)
    rows = [
        (batch.view_ids[key], one.space_id, vectors[key]) for key, one in batch.pictures.items()
    ]
    store_embeddings(work, rows)
    return CommitReport(
        added=batch.outcome["added"],
        replaced=batch.outcome["replaced"],
        unchanged=batch.outcome["unchanged"],
        superseded=len(given) - len(batch.pictures),
        item_ids=tuple(batch.item_of(slot_key(one.slot)) for one in pictures),
    )


def _checked_vectors(work: Work, batch: _Batch) -> dict[SlotKey, bytes]:
    dims = dims_of(work.connection, work.gallery_id)
    found: dict[SlotKey, bytes] = {}
    for space_id in {one.space_id for one in batch.pictures.values()}:
        if space_id not in dims:
            raise unknown_space(space_id)
        keys = [key for key, one in batch.pictures.items() if one.space_id == space_id]
        stored = to_bytes([batch.pictures[key].vector for key in keys], dims[space_id])
        found.update(zip(keys, stored, strict=True))
    return found


# Items


def _store_items(work: Work, batch: _Batch) -> None:
    grouped: dict[ItemKey, list[IndexedPicture]] = {}
    for (root_id, item_key, _), one in batch.pictures.items():
        grouped.setdefault((root_id, item_key), []).append(one)
    facts = {key: gather_facts(group) for key, group in grouped.items()}
    batch.item_ids = items_at(work, facts)
    new = {key: said for key, said in facts.items() if key not in batch.item_ids}
    if new:
        added = _insert_items(work, new)
        batch.item_ids |= added
        batch.new_items = set(added.values())
        work.changed = True
    write_facts(work, {batch.item_ids[key]: facts[key] for key in facts}, batch.new_items)


def items_at(work: Work, keys: Mapping[ItemKey, Any]) -> dict[ItemKey, int]:
    """Ids of the items that are at these places."""
    by_root: dict[int, list[str]] = {}
    for root_id, key in keys:
        by_root.setdefault(root_id, []).append(key)
    found: dict[ItemKey, int] = {}
    for root_id, wanted in by_root.items():
        for some in chunks(wanted):
            query = select(items.c.key, items.c.id)
            query = query.where(items.c.root_id == root_id, items.c.key.in_(some))
            found |= {(root_id, row.key): row.id for row in work.connection.execute(query)}
    return found


def _insert_items(work: Work, new: Mapping[ItemKey, ItemFacts]) -> dict[ItemKey, int]:
    rows = [
        {
            "gallery_id": work.gallery_id,
            "root_id": root_id,
            "key": key,
            "kind": said.kind,
            "title": said.title,
            "state": ItemState.LIVE,
            "revision": work.revision,
        }
        for (root_id, key), said in new.items()
    ]
    added = insert_rows(work.connection, items, rows, items.c.root_id, items.c.key, items.c.id)
    return {(row.root_id, row.key): row.id for row in added}


# Files


def _store_files(work: Work, batch: _Batch) -> None:
    slots = [one.slot for one in batch.pictures.values()]
    places = places_of(work, {slot.root_id for slot in slots})
    known = files_at(work, slots)
    new, old = [], []
    for key, one in batch.pictures.items():
        row = file_values(places[key[0]], one.slot, one.stamp)
        row |= {
            "content_hash": one.picture.content_hash,
            "status": FileStatus.OK,
            "reason": "",
            "item_id": batch.item_of(key),
        }
        if key in known:
            batch.file_ids[key] = known[key].id
            old.append({"id": known[key].id, **row})
        else:
            new.append(row)
    update_files(work, old)
    if new:
        added = insert_rows(
            work.connection,
            files,
            new,
            files.c.root_id,
            files.c.item_key,
            files.c.ordinal,
            files.c.id,
        )
        for root_id, item_key, ordinal, file_id in added:
            batch.file_ids[root_id, item_key, ordinal] = file_id


# Views


def _store_views(work: Work, batch: _Batch) -> None:
    present = _present_views(work, batch)
    retired: list[int] = []
    kept: list[dict[str, Any]] = []
    new: dict[tuple[int, int], SlotKey] = {}
    settled: set[int] = set()
    for key, one in batch.pictures.items():
        item_id, ordinal = batch.item_of(key), key[2]
        here = present.get((item_id, ordinal), [])
        same = [v for v in here if v.content_hash == one.picture.content_hash]
        retired += [v.id for v in here if v not in same[:1]]
        if same:
            batch.view_ids[key] = same[0].id
            if same[0].state != ViewState.LIVE or same[0].file_id != batch.file_ids[key]:
                kept.append({"_id": same[0].id, "_file": batch.file_ids[key]})
                settled.add(item_id)
            batch.outcome["unchanged"] += 1
        else:
            new[item_id, ordinal] = key
            if item_id not in batch.new_items:
                settled.add(item_id)
            batch.outcome["replaced" if here else "added"] += 1
    _retire(work, retired)
    if kept:
        statement = update(views).where(views.c.id == bindparam("_id"))
        statement = statement.values(file_id=bindparam("_file"), state=ViewState.LIVE)
        work.connection.execute(statement, kept)
    _insert_views(work, batch, new)
    settle_items(work, settled)


def _present_views(work: Work, batch: _Batch) -> dict[tuple[int, int], list[Any]]:
    """The views that stand in the slots of the batch's items, by item and ordinal."""
    found: dict[tuple[int, int], list[Any]] = {}
    for ids in chunks(sorted(set(batch.item_ids.values()) - batch.new_items)):
        query = (
            select(
                views.c.id,
                views.c.item_id,
                views.c.ordinal,
                views.c.content_hash,
                views.c.state,
                views.c.file_id,
            )
            .where(views.c.item_id.in_(ids), views.c.state != ViewState.RETIRED)
            .order_by(views.c.id)
        )
        for row in work.connection.execute(query):
            found.setdefault((row.item_id, row.ordinal), []).append(row)
    return found


def _retire(work: Work, view_ids: Sequence[int]) -> None:
    for some in chunks(view_ids):
        gone = update(views).where(views.c.id.in_(some))
        work.connection.execute(
            gone.values(state=ViewState.RETIRED, retired_revision=work.revision)
        )


def _insert_views(work: Work, batch: _Batch, new: Mapping[tuple[int, int], SlotKey]) -> None:
    if not new:
        return
    rows = [
        {
            "item_id": item_id,
            "gallery_id": work.gallery_id,
            "file_id": batch.file_ids[key],
            "ordinal": ordinal,
            "content_hash": batch.pictures[key].picture.content_hash,
            "width": batch.pictures[key].picture.width,
            "height": batch.pictures[key].picture.height,
            "state": ViewState.LIVE,
        }
        for (item_id, ordinal), key in new.items()
    ]
    added = insert_rows(work.connection, views, rows, views.c.item_id, views.c.ordinal, views.c.id)
    for item_id, ordinal, view_id in added:
        batch.view_ids[new[item_id, ordinal]] = view_id
