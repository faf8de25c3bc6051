"""Forgetting for good what nobody can ask for any more."""

from __future__ import annotations

from sqlalchemy import Select, delete, func, select, update

from search.adapters.sql.tables import embeddings, files, galleries, generations, items, views
from search.adapters.sql.work import Work, chunks
from search.domain.item import ItemState, ViewState


def purge(work: Work, *, missing_too: bool) -> int:
    """Returns the number of views removed; takes no revision, since all of it was hidden.

    A deleted item's views stay, so that it can be restored; only their embeddings go.
    """
    below = _covered_by_all(work)
    n_views = _delete_views(
        work,
        select(views.c.id).where(
            views.c.gallery_id == work.gallery_id,
            views.c.state == ViewState.RETIRED,
            views.c.retired_revision <= below,
        ),
    )
    deleted = select(items.c.id).where(
        items.c.gallery_id == work.gallery_id,
        items.c.state == ItemState.DELETED,
        items.c.revision <= below,
    )
    for some in chunks(work.connection.execute(deleted).scalars().all()):
        theirs = select(views.c.id).where(views.c.item_id.in_(some))
        work.connection.execute(delete(embeddings).where(embeddings.c.view_id.in_(theirs)))
    if missing_too:
        n_views += _forget_missing(work, below)
    raised = update(galleries).where(
        galleries.c.id == work.gallery_id, galleries.c.pruned_below < below
    )
    work.connection.execute(raised.values(pruned_below=below))
    return n_views


def _covered_by_all(work: Work) -> int:
    """The highest revision that every generation covers; the gallery's own without any."""
    lowest = select(func.min(generations.c.revision))
    lowest = lowest.where(generations.c.gallery_id == work.gallery_id)
    covered = work.connection.execute(lowest).scalar()
    return work.current_revision if covered is None else int(covered)


def _forget_missing(work: Work, below: int) -> int:
    query = select(items.c.id).where(
        items.c.gallery_id == work.gallery_id,
        items.c.state == ItemState.MISSING,
        items.c.revision <= below,
    )
    n_views = 0
    for some in chunks(work.connection.execute(query).scalars().all()):
        n_views += _delete_views(work, select(views.c.id).where(views.c.item_id.in_(some)))
        work.connection.execute(delete(files).where(files.c.item_id.in_(some)))
        work.connection.execute(delete(items).where(items.c.id.in_(some)))
    return n_views


def _delete_views(work: Work, query: Select[tuple[int]]) -> int:
    ids = work.connection.execute(query).scalars().all()
    for some in chunks(ids):
        work.connection.execute(delete(views).where(views.c.id.in_(some)))
    return len(ids)
