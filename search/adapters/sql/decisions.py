"""What people decide about categories: it carries no space, and no model changes it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from search.adapters.sql.inserting import insert_columns
from search.adapters.sql.tables import categories, decisions, taxonomies
from search.adapters.sql.work import Work, chunks, own_items
from search.categories.taxonomy import Mode
from search.domain.category import Decision, DecisionOrigin, Verdict
from search.errors import NotFoundError


def decide(
    work: Work,
    item_ids: Sequence[int],
    category_id: int,
    verdict: Verdict,
    *,
    origin: DecisionOrigin,
) -> int:
    work.lock()
    taxonomy_id, mode = _category(work, category_id)
    ids = own_items(work, item_ids)
    known = _verdicts(work, ids, [category_id])
    fresh = [item_id for item_id in ids if known.get((item_id, category_id)) != verdict]
    if verdict is Verdict.ACCEPT and mode == Mode.SINGLE:
        _take_back(work, ids, _others(taxonomy_id, category_id))
    for some in chunks(fresh):
        _forget(work, some, [category_id])
    if fresh:
        n = len(fresh)
        values: dict[str, list[Any]] = {
            "item_id": fresh,
            "category_id": [category_id] * n,
            "verdict": [verdict.value] * n,
            "origin": [origin.value] * n,
            "decided_at": [time.time()] * n,
        }
        insert_columns(work.connection, decisions, values)
    work.touch(fresh)
    return len(fresh)


def undecide(work: Work, item_ids: Sequence[int], category_id: int) -> int:
    work.lock()
    _category(work, category_id)
    known = _verdicts(work, own_items(work, item_ids), [category_id])
    gone = sorted({item_id for item_id, _ in known})
    for some in chunks(gone):
        _forget(work, some, [category_id])
    work.touch(gone)
    return len(gone)


def _category(work: Work, category_id: int) -> tuple[int, str]:
    query = (
        select(categories.c.taxonomy_id, taxonomies.c.mode)
        .join(taxonomies, taxonomies.c.id == categories.c.taxonomy_id)
        .where(
            categories.c.id == category_id,
            categories.c.removed.is_(False),
            taxonomies.c.gallery_id == work.gallery_id,
        )
    )
    row = work.connection.execute(query).first()
    if row is None:
        raise NotFoundError(
            f"The gallery has no category with the number {category_id}.",
            hint="`sightline categories list` shows the taxonomies.",
        )
    return row.taxonomy_id, row.mode


def _others(taxonomy_id: int, category_id: int) -> Select[Any]:
    return select(categories.c.id).where(
        categories.c.taxonomy_id == taxonomy_id, categories.c.id != category_id
    )


def _take_back(work: Work, item_ids: Sequence[int], among: Select[Any]) -> None:
    for some in chunks(item_ids):
        here = (
            decisions.c.item_id.in_(some),
            decisions.c.category_id.in_(among),
            decisions.c.verdict == Verdict.ACCEPT,
        )
        work.touch(work.connection.execute(select(decisions.c.item_id).where(*here)).scalars())
        work.connection.execute(delete(decisions).where(*here))


def _verdicts(
    work: Work, item_ids: Sequence[int], category_ids: Sequence[int]
) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for some in chunks(item_ids):
        query = select(decisions).where(
            decisions.c.item_id.in_(some), decisions.c.category_id.in_(category_ids)
        )
        rows = work.connection.execute(query)
        found |= {(row.item_id, row.category_id): row.verdict for row in rows}
    return found


def _forget(work: Work, item_ids: Sequence[int], category_ids: Sequence[int]) -> None:
    work.connection.execute(
        delete(decisions).where(
            decisions.c.item_id.in_(item_ids), decisions.c.category_id.in_(category_ids)
        )
    )


def decisions_of(connection: Connection, taxonomy_id: int) -> list[Decision]:
    query = (
        select(
            decisions.c.item_id,
            categories.c.path,
            decisions.c.verdict,
            decisions.c.origin,
            decisions.c.decided_at,
        )
        .join(categories, categories.c.id == decisions.c.category_id)
        .where(categories.c.taxonomy_id == taxonomy_id, categories.c.removed.is_(False))
        .order_by(decisions.c.item_id, categories.c.folded)
    )
    return [
        Decision(item_id, path, Verdict(verdict), DecisionOrigin(origin), decided_at)
        for item_id, path, verdict, origin, decided_at in connection.execute(query)
    ]
