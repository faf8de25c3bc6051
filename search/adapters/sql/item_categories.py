"""Items' categories and guesses as people see them, and how items divide by category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, exists, func, select

from search.adapters.sql.effective import GalleryId, IdsOrQuery, active_space, effective
from search.adapters.sql.tables import (
    categories,
    category_ancestors,
    decisions,
    guesses,
    items,
    taxonomies,
    taxonomy_coverage,
)
from search.adapters.sql.work import chunks, storable_ids
from search.domain.arrays import IdArray
from search.domain.category import ItemGuess, Verdict
from search.domain.item import ItemState
from search.domain.text import fold


def effective_categories(gallery_id: GalleryId, items: IdsOrQuery) -> Select[Any]:
    """Of these items, in no order; the last two columns are what people see them ordered by."""
    of_items = effective(gallery_id, items=items).subquery()
    return (
        select(
            of_items.c.item_id,
            taxonomies.c.name,
            categories.c.path,
            of_items.c.probability,
            of_items.c.decided,
            taxonomies.c.folded.label("folded_name"),
            categories.c.folded.label("folded_path"),
        )
        .join(categories, categories.c.id == of_items.c.category_id)
        .join(taxonomies, taxonomies.c.id == categories.c.taxonomy_id)
    )


def item_guesses(
    connection: Connection, gallery_id: int, item_ids: Sequence[int]
) -> Mapping[int, Sequence[ItemGuess]]:
    found: dict[int, dict[tuple[str, str], ItemGuess]] = {}
    for some in chunks(storable_ids(item_ids)):
        for row in connection.execute(_guesses_query(gallery_id, some)):
            guess = ItemGuess(row.name, row.path, row.probability, bool(row.assigned))
            found.setdefault(row.item_id, {})[row.name, row.path] = guess
        for row in connection.execute(_verdicts_query(gallery_id, some)):
            mine = found.setdefault(row.item_id, {})
            guess = mine.get((row.name, row.path), ItemGuess(row.name, row.path, None, False))
            verdict = Verdict(row.verdict)
            mine[row.name, row.path] = ItemGuess(
                guess.taxonomy, guess.path, guess.probability, guess.assigned, verdict
            )
    return {
        item_id: sorted(
            mine.values(), key=lambda one: (fold(one.taxonomy), -(one.probability or 0), one.path)
        )
        for item_id, mine in found.items()
    }


def _guesses_query(gallery_id: int, ids: Sequence[int]) -> Select[Any]:
    return (
        select(
            guesses.c.item_id,
            taxonomies.c.name,
            categories.c.path,
            guesses.c.probability,
            guesses.c.assigned,
        )
        .join(taxonomy_coverage, taxonomy_coverage.c.id == guesses.c.coverage_id)
        .join(taxonomies, taxonomies.c.id == taxonomy_coverage.c.taxonomy_id)
        .join(categories, categories.c.id == guesses.c.category_id)
        .where(
            guesses.c.item_id.in_(ids),
            taxonomies.c.gallery_id == gallery_id,
            taxonomies.c.active.is_(True),
            categories.c.removed.is_(False),
            taxonomy_coverage.c.space_id == active_space(gallery_id),
        )
    )


def _verdicts_query(gallery_id: int, ids: Sequence[int]) -> Select[Any]:
    return (
        select(decisions.c.item_id, taxonomies.c.name, categories.c.path, decisions.c.verdict)
        .join(categories, categories.c.id == decisions.c.category_id)
        .join(taxonomies, taxonomies.c.id == categories.c.taxonomy_id)
        .where(
            decisions.c.item_id.in_(ids),
            taxonomies.c.gallery_id == gallery_id,
            taxonomies.c.active.is_(True),
            categories.c.removed.is_(False),
        )
    )


def category_counts(connection: Connection, taxonomy_id: int, gallery_id: int) -> dict[str, int]:
    mine = select(categories.c.id).where(categories.c.taxonomy_id == taxonomy_id)
    found = effective(gallery_id, among=mine).subquery()
    query = (
        select(categories.c.path, func.count(found.c.item_id.distinct()))
        .select_from(found)
        .join(items, items.c.id == found.c.item_id)
        .join(category_ancestors, category_ancestors.c.category_id == found.c.category_id)
        .join(categories, categories.c.id == category_ancestors.c.ancestor_id)
        .where(items.c.state == ItemState.LIVE)
        .group_by(categories.c.id, categories.c.path)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def uncategorised_items(connection: Connection, taxonomy_id: int, gallery_id: int) -> IdArray:
    mine = select(categories.c.id).where(categories.c.taxonomy_id == taxonomy_id)
    found = effective(gallery_id, among=mine).subquery()
    query = (
        select(items.c.id)
        .where(
            items.c.gallery_id == gallery_id,
            items.c.state == ItemState.LIVE,
            items.c.id.not_in(select(found.c.item_id)),
        )
        .order_by(items.c.id)
    )
    return np.fromiter(connection.execute(query).scalars(), np.int64)


def uncertain_items(
    connection: Connection, taxonomy_id: int, gallery_id: int, path: str, limit: int
) -> list[int]:
    in_taxonomy = categories.c.taxonomy_id == taxonomy_id
    said = exists().where(
        decisions.c.item_id == items.c.id,
        decisions.c.category_id == categories.c.id,
        in_taxonomy,
    )
    best = func.max(guesses.c.probability)
    unsure = func.abs(best - 0.5)
    query = (
        select(guesses.c.item_id)
        .join(items, items.c.id == guesses.c.item_id)
        .join(taxonomy_coverage, taxonomy_coverage.c.id == guesses.c.coverage_id)
        .where(
            taxonomy_coverage.c.taxonomy_id == taxonomy_id,
            taxonomy_coverage.c.space_id == active_space(gallery_id),
            items.c.state == ItemState.LIVE,
            ~said.correlate(items),
        )
        .group_by(guesses.c.item_id)
        .order_by(unsure, guesses.c.item_id)
        .limit(max(0, limit))
    )
    if path:
        wanted = (
            select(category_ancestors.c.category_id)
            .join(categories, categories.c.id == category_ancestors.c.ancestor_id)
            .where(in_taxonomy, categories.c.folded == fold(path))
        )
        query = query.where(guesses.c.category_id.in_(wanted))
    return list(connection.execute(query).scalars())
