"""An item's effective categories as SQL: what people accepted and models assigned.

Each select here has the same columns: item, category, probability, decided.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    exists,
    false,
    or_,
    select,
    true,
    union,
    union_all,
)

from search.adapters.sql.tables import (
    categories,
    category_ancestors,
    decisions,
    galleries,
    guesses,
    taxonomies,
    taxonomy_coverage,
)
from search.categories.taxonomy import Mode
from search.domain.category import Verdict

IdsOrQuery = Sequence[int] | Select[Any] | BindParameter[Any]
GalleryId = int | BindParameter[int]


def effective(
    gallery_id: GalleryId, *, items: IdsOrQuery | None = None, among: IdsOrQuery | None = None
) -> CompoundSelect[Any]:
    """Pairs of item and category, each once.

    Args:
        items: only of these items, in any state; None is all.
        among: only these categories; None is all.
    """
    return union_all(_accepted(gallery_id, items, among), _assigned(gallery_id, items, among))


def _accepted(
    gallery_id: GalleryId, items: IdsOrQuery | None, among: IdsOrQuery | None
) -> Select[Any]:
    guess = (
        select(guesses.c.probability)
        .join(taxonomy_coverage, taxonomy_coverage.c.id == guesses.c.coverage_id)
        .where(
            guesses.c.item_id == decisions.c.item_id,
            guesses.c.category_id == decisions.c.category_id,
            taxonomy_coverage.c.space_id == active_space(gallery_id),
        )
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            decisions.c.item_id,
            decisions.c.category_id,
            guess.label("probability"),
            true().label("decided"),
        )
        .join(categories, categories.c.id == decisions.c.category_id)
        .join(taxonomies, taxonomies.c.id == categories.c.taxonomy_id)
        .where(decisions.c.verdict == Verdict.ACCEPT, *_present(gallery_id))
    )
    return _narrowed(query, decisions.c.item_id, decisions.c.category_id, items, among)


def _assigned(
    gallery_id: GalleryId, items: IdsOrQuery | None, among: IdsOrQuery | None
) -> Select[Any]:
    query = (
        select(
            guesses.c.item_id,
            guesses.c.category_id,
            guesses.c.probability,
            false().label("decided"),
        )
        .join(taxonomy_coverage, taxonomy_coverage.c.id == guesses.c.coverage_id)
        .join(taxonomies, taxonomies.c.id == taxonomy_coverage.c.taxonomy_id)
        .join(categories, categories.c.id == guesses.c.category_id)
        .where(
            guesses.c.assigned,
            taxonomy_coverage.c.space_id == active_space(gallery_id),
            *_present(gallery_id),
            ~_rejected(),
            ~_replaced(),
        )
    )
    return _narrowed(query, guesses.c.item_id, guesses.c.category_id, items, among)


def _present(gallery_id: GalleryId) -> tuple[ColumnElement[bool], ...]:
    return (
        taxonomies.c.gallery_id == gallery_id,
        taxonomies.c.active.is_(True),
        categories.c.removed.is_(False),
    )


def _rejected() -> ColumnElement[bool]:
    """Somebody rejected the guessed category or one above it."""
    return (
        exists()
        .where(
            decisions.c.item_id == guesses.c.item_id,
            decisions.c.verdict == Verdict.REJECT,
            category_ancestors.c.ancestor_id == decisions.c.category_id,
            category_ancestors.c.category_id == guesses.c.category_id,
        )
        .correlate(guesses)
    )


def _replaced() -> ColumnElement[bool]:
    """Somebody accepted this category, or another one where there can be only one."""
    accepted = categories.alias("accepted")
    return (
        exists()
        .where(
            decisions.c.item_id == guesses.c.item_id,
            decisions.c.verdict == Verdict.ACCEPT,
            accepted.c.id == decisions.c.category_id,
            accepted.c.removed.is_(False),
            or_(
                accepted.c.id == guesses.c.category_id,
                and_(taxonomies.c.mode == Mode.SINGLE, accepted.c.taxonomy_id == taxonomies.c.id),
            ),
        )
        .correlate(guesses, taxonomies)
    )


def _narrowed(
    query: Select[Any],
    item_id: ColumnElement[int],
    category_id: ColumnElement[int],
    items: IdsOrQuery | None,
    among: IdsOrQuery | None,
) -> Select[Any]:
    if items is not None:
        query = query.where(item_id.in_(items))
    if among is not None:
        query = query.where(category_id.in_(among))
    return query


def category_basis(connection: Connection, gallery_id: int) -> Hashable:
    """What can change effective categories without a stamp on their items.

    Coverages, by which guesses go, are of one space each.
    """
    query = (
        select(taxonomies.c.id, taxonomies.c.version, taxonomies.c.active, taxonomy_coverage.c.id)
        .outerjoin_from(
            taxonomies,
            taxonomy_coverage,
            and_(
                taxonomy_coverage.c.taxonomy_id == taxonomies.c.id,
                taxonomy_coverage.c.space_id == active_space(gallery_id),
            ),
        )
        .where(taxonomies.c.gallery_id == gallery_id)
        .order_by(taxonomies.c.id)
    )
    return tuple(tuple(row) for row in connection.execute(query))


def active_space(gallery_id: GalleryId) -> Any:
    """The id of the space that searches use, as a subquery."""
    query = select(galleries.c.active_space_id).where(galleries.c.id == gallery_id)
    return query.scalar_subquery()


def with_categories(among: IdsOrQuery) -> CompoundSelect[Any]:
    """Items that a model, in any space, or a person put into one of these categories."""
    guessed = select(guesses.c.item_id).where(guesses.c.assigned, guesses.c.category_id.in_(among))
    decided = select(decisions.c.item_id).where(decisions.c.category_id.in_(among))
    return union(guessed, decided)


def below(gallery_id: GalleryId, wanted: ColumnElement[bool]) -> Select[Any]:
    """Ids of present categories that are, or lie below, one for which `wanted` holds.

    `wanted` is a condition on `categories`, the upper one.
    """
    return (
        select(category_ancestors.c.category_id)
        .join(categories, categories.c.id == category_ancestors.c.ancestor_id)
        .join(taxonomies, taxonomies.c.id == categories.c.taxonomy_id)
        .where(*_present(gallery_id), wanted)
    )
