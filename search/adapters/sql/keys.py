"""`search.ports.key_store.KeyStore` in SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, delete, insert, select, update

from search.adapters.sql.clock import now
from search.adapters.sql.tables import api_keys, api_sessions
from search.domain.service import ApiKey, NewKey, Scope
from search.domain.text import storable
from search.errors import NotFoundError

_KEY: tuple[Column[Any], ...] = (
    api_keys.c.id,
    api_keys.c.name,
    api_keys.c.prefix,
    api_keys.c.scopes,
    api_keys.c.gallery_ids,
    api_keys.c.origin,
    api_keys.c.created_at,
    api_keys.c.last_used_at,
    api_keys.c.revoked_at,
)


def create_key(connection: Connection, key: NewKey) -> ApiKey:
    row = {
        "name": storable(key.name),
        "prefix": key.prefix,
        "secret_hash": key.secret_hash,
        "scopes": ",".join(sorted(key.scopes)),
        "gallery_ids": None if key.gallery_ids is None else json.dumps(sorted(key.gallery_ids)),
        "origin": key.origin,
        "created_at": now(connection),
    }
    made = connection.execute(insert(api_keys).values(row).returning(*_KEY)).one()
    return _key(made)


def key_of_secret(connection: Connection, secret_hash: str) -> ApiKey | None:
    live = api_keys.c.revoked_at.is_(None)
    query = select(*_KEY).where(api_keys.c.secret_hash == secret_hash, live)
    row = connection.execute(query).first()
    return None if row is None else _key(row)


def live_keys(connection: Connection) -> Mapping[str, ApiKey]:
    query = select(*_KEY, api_keys.c.secret_hash).where(api_keys.c.revoked_at.is_(None))
    return {row.secret_hash: _key(row) for row in connection.execute(query)}


def all_keys(connection: Connection) -> Sequence[ApiKey]:
    return [_key(row) for row in connection.execute(select(*_KEY).order_by(api_keys.c.id))]


def revoke_key(connection: Connection, key_id: int) -> ApiKey:
    connection.execute(delete(api_sessions).where(api_sessions.c.key_id == key_id))
    revoked = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    connection.execute(revoked.values(revoked_at=now(connection)))
    row = connection.execute(select(*_KEY).where(api_keys.c.id == key_id)).first()
    if row is None:
        raise NotFoundError(
            f"There is no key with the number {key_id}.", hint="`sightline keys list` shows them."
        )
    return _key(row)


def touch_key(connection: Connection, key_id: int) -> None:
    used = update(api_keys).where(api_keys.c.id == key_id)
    connection.execute(used.values(last_used_at=now(connection)))


def create_session(connection: Connection, token_hash: str, key_id: int, lasts_s: float) -> None:
    """Sessions that have ended go at the same time."""
    ended = api_sessions.c.expires_at <= now(connection)
    connection.execute(delete(api_sessions).where(ended))
    row = {"token_hash": token_hash, "key_id": key_id, "expires_at": now(connection) + lasts_s}
    connection.execute(insert(api_sessions).values(row))


def key_of_session(connection: Connection, token_hash: str) -> ApiKey | None:
    query = (
        select(*_KEY)
        .join(api_sessions, api_sessions.c.key_id == api_keys.c.id)
        .where(
            api_sessions.c.token_hash == token_hash,
            api_sessions.c.expires_at > now(connection),
            api_keys.c.revoked_at.is_(None),
        )
    )
    row = connection.execute(query).first()
    return None if row is None else _key(row)


def end_session(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(api_sessions).where(api_sessions.c.token_hash == token_hash))


def _key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    galleries = None if row.gallery_ids is None else frozenset(json.loads(row.gallery_ids))
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split(",") if scope),
        gallery_ids=galleries,
        origin=row.origin,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
