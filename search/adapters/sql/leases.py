"""Leases: exclusive rights that end by themselves, by the database's clock.

The token grows with every acquisition and is checked, with the row locked, when a guarded unit
of work commits: a holder that was suspended past its time and superseded can publish nothing.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select, update

from search.adapters.sql.clock import now
from search.adapters.sql.inserting import insert_new
from search.adapters.sql.tables import leases
from search.domain.gallery import Lease
from search.errors import ConflictError


def acquire(connection: Connection, name: str, *, holder: str, lease_s: float) -> Lease | None:
    """The lease, or None while another holder has it. Its own holder gets a new token."""
    _ensure_row(connection, name)
    free = (leases.c.expires_at <= now(connection)) | (leases.c.holder == holder)
    taken = (
        update(leases)
        .where(leases.c.name == name, free)
        .values(
            holder=holder,
            token=leases.c.token + 1,
            expires_at=now(connection) + lease_s,
        )
        .returning(leases.c.token, leases.c.expires_at)
    )
    row = connection.execute(taken).first()
    return None if row is None else Lease(name, holder, row.token, row.expires_at)


def renew(connection: Connection, lease: Lease, lease_s: float) -> Lease:
    renewed = (
        update(leases)
        .where(*_still(lease))
        .values(expires_at=now(connection) + lease_s)
        .returning(leases.c.expires_at)
    )
    expires_at = connection.execute(renewed).scalar()
    if expires_at is None:
        raise lost(lease)
    return Lease(lease.name, lease.holder, lease.token, expires_at)


def release(connection: Connection, lease: Lease) -> None:
    """Give the lease back; one that was lost is left to its new holder."""
    freed = update(leases).where(*_still(lease)).values(holder="", expires_at=0.0)
    connection.execute(freed)


def require(connection: Connection, lease: Lease) -> None:
    """Hold the lease's row until the commit, if the lease is still the holder's own."""
    query = select(leases.c.token).where(*_still(lease)).with_for_update()
    if connection.execute(query).first() is None:
        raise lost(lease)


def lost(lease: Lease) -> ConflictError:
    return ConflictError(
        f"The lease '{lease.name}' was lost to another process, so nothing was committed.",
        hint="The other process does the same work; run the command again when it is done.",
    )


def _still(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        leases.c.name == lease.name,
        leases.c.holder == lease.holder,
        leases.c.token == lease.token,
    )


def _ensure_row(connection: Connection, name: str) -> None:
    row = {"name": name, "holder": "", "token": 0, "expires_at": 0.0}
    connection.execute(insert_new(connection, leases, [row]))
