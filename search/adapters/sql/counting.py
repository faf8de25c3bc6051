"""A gallery's sizes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from search.adapters.sql.galleries import gallery_numbered
from search.adapters.sql.tables import embeddings, files, items, roots, views
from search.domain.gallery import GalleryCounts
from search.domain.indexing import FileStatus
from search.domain.item import ItemState, ViewState


def counts(connection: Connection, gallery_id: int) -> GalleryCounts:
    """Live items and views, embedded ones among them, missing items, failed files."""
    gallery = gallery_numbered(connection, gallery_id)
    of_items = select(items.c.state, func.count()).where(items.c.gallery_id == gallery_id)
    by_state = {row[0]: row[1] for row in connection.execute(of_items.group_by(items.c.state))}
    live = _live_views(gallery_id)
    embedded = live.join(
        embeddings,
        and_(
            embeddings.c.view_id == views.c.id,
            embeddings.c.space_id == gallery.active_space_id,
        ),
    )
    failed = (
        select(func.count())
        .select_from(files)
        .join(roots, roots.c.id == files.c.root_id)
        .where(roots.c.gallery_id == gallery_id, files.c.status == FileStatus.FAILED)
    )
    return GalleryCounts(
        items=by_state.get(ItemState.LIVE, 0),
        views=connection.execute(live).scalar_one(),
        embedded=connection.execute(embedded).scalar_one() if gallery.active_space_id else 0,
        missing=by_state.get(ItemState.MISSING, 0),
        failed=connection.execute(failed).scalar_one(),
    )


def _live_views(gallery_id: int) -> Select[Any]:
    return (
        select(func.count())
        .select_from(views)
        .join(items, items.c.id == views.c.item_id)
        .where(
            views.c.gallery_id == gallery_id,
            views.c.state == ViewState.LIVE,
            items.c.state == ItemState.LIVE,
        )
    )
