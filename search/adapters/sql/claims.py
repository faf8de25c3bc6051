"""Claims: views that one worker is embedding, until it stores, releases or is overdue."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, exists, select, update

from search.adapters.sql.clock import now
from search.adapters.sql.embeddings import store_embeddings, unembedded
from search.adapters.sql.galleries import dims_of, unknown_space
from search.adapters.sql.inserting import insert_new
from search.adapters.sql.places import uri_of
from search.adapters.sql.tables import claims, files, roots, views
from search.adapters.sql.vectors import to_bytes
from search.adapters.sql.work import Work, chunks
from search.domain.indexing import ClaimedVector, ClaimedView, CommitReport
from search.domain.item import ViewState

_ATTEMPTS = 5


def claim_views(
    work: Work, space_id: str, *, holder: str, limit: int, lease_s: float
) -> Sequence[ClaimedView]:
    """Views to embed. Empty where the rest is done or held by others.

    The search goes on where this process found the last ones, and once around: starting from
    the first view every time would pass over all that are embedded already.
    """
    connection = work.connection
    if space_id not in dims_of(connection, work.gallery_id):
        raise unknown_space(space_id)
    token = secrets.randbits(62)
    for _ in range(_ATTEMPTS):
        candidates = _free_views(work, space_id, limit)
        if candidates:
            work.claimed_up_to[work.gallery_id, space_id] = candidates[-1]
        won = _take(connection, candidates, space_id, holder, token, lease_s)
        if won or not candidates:
            return _described(connection, won, token)
    return ()


def store_vectors(work: Work, space_id: str, vectors: Sequence[ClaimedVector]) -> CommitReport:
    work.lock()
    dims = dims_of(work.connection, work.gallery_id)
    if space_id not in dims:
        raise unknown_space(space_id)
    stored = to_bytes([one.vector for one in vectors], dims[space_id])
    held = _still_held(work, space_id, [one.claim for one in vectors])
    rows = {
        one.claim.view_id: vector
        for one, vector in zip(vectors, stored, strict=True)
        if held.get(one.claim.view_id) == (one.claim.token, one.claim.content_hash)
    }
    new = store_embeddings(work, [(view_id, space_id, rows[view_id]) for view_id in rows])
    release_views(work, space_id, [one.claim for one in vectors])
    return CommitReport(added=len(new), superseded=len(vectors) - len(new))


def release_views(work: Work, space_id: str, held: Iterable[ClaimedView]) -> None:
    """Give claims back; those that others took over since stay theirs."""
    by_token: dict[int, list[int]] = {}
    for claim in held:
        by_token.setdefault(claim.token, []).append(claim.view_id)
    for token, view_ids in by_token.items():
        for some in chunks(view_ids):
            work.connection.execute(
                delete(claims).where(
                    claims.c.space_id == space_id,
                    claims.c.token == token,
                    claims.c.view_id.in_(some),
                )
            )


def _free_views(work: Work, space_id: str, limit: int) -> list[int]:
    start = work.claimed_up_to.get((work.gallery_id, space_id), 0)
    found = _free_views_after(work, space_id, start, limit)
    if start and len(found) < limit:
        before = _free_views_after(work, space_id, 0, limit - len(found))
        found += [view_id for view_id in before if view_id <= start]
    return found


def _free_views_after(work: Work, space_id: str, after: int, limit: int) -> list[int]:
    held = exists().where(
        claims.c.view_id == views.c.id,
        claims.c.space_id == space_id,
        claims.c.expires_at > now(work.connection),
    )
    query = unembedded(work.gallery_id, space_id).where(~held, views.c.id > after)
    query = query.order_by(views.c.id).limit(limit)
    query = query.with_for_update(of=views, skip_locked=True, key_share=True)
    return list(work.connection.execute(query).scalars())


def _take(
    connection: Connection,
    view_ids: Sequence[int],
    space_id: str,
    holder: str,
    token: int,
    lease_s: float,
) -> list[int]:
    """Claim these views; returns those that nobody else claimed since they were read."""
    ends = connection.execute(select(now(connection) + lease_s)).scalar_one()
    values = {"holder": holder, "token": token, "expires_at": ends}
    won: set[int] = set()
    for some in chunks(view_ids):
        overdue = update(claims).where(
            claims.c.space_id == space_id,
            claims.c.view_id.in_(some),
            claims.c.expires_at <= now(connection),
        )
        taken = overdue.values(values).returning(claims.c.view_id)
        won.update(connection.execute(taken).scalars())
        rows = [{"view_id": i, "space_id": space_id, **values} for i in some if i not in won]
        if rows:
            new = insert_new(connection, claims, rows).returning(claims.c.view_id)
            won.update(connection.execute(new).scalars())
    return sorted(won)


def _still_held(
    work: Work, space_id: str, held: Sequence[ClaimedView]
) -> dict[int, tuple[int, str]]:
    """Token and content of the claims whose view is still live, by view."""
    found: dict[int, tuple[int, str]] = {}
    for some in chunks(claim.view_id for claim in held):
        query = (
            select(claims.c.view_id, claims.c.token, views.c.content_hash)
            .join(views, views.c.id == claims.c.view_id)
            .where(
                claims.c.space_id == space_id,
                claims.c.view_id.in_(some),
                views.c.gallery_id == work.gallery_id,
                views.c.state == ViewState.LIVE,
            )
            .with_for_update(of=claims)
        )
        for view_id, token, content_hash in work.connection.execute(query):
            found[view_id] = (token, content_hash)
    return found


def _described(
    connection: Connection, view_ids: Sequence[int], token: int
) -> tuple[ClaimedView, ...]:
    found: list[ClaimedView] = []
    for some in chunks(view_ids):
        query = (
            select(views.c.id, views.c.content_hash, roots.c.path, roots.c.kind, files.c.path)
            .select_from(views)
            .outerjoin(files, files.c.id == views.c.file_id)
            .outerjoin(roots, roots.c.id == files.c.root_id)
            .where(views.c.id.in_(some))
            .order_by(views.c.id)
        )
        for view_id, content_hash, root_path, kind, path in connection.execute(query):
            uri = "" if path is None else uri_of(root_path, kind, path)
            found.append(ClaimedView(view_id, uri, content_hash, token))
    return tuple(found)
