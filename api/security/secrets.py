"""Secrets of keys and sessions: 256 random bits, of which only a digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from search.domain.service import NewKey, Scope
from search.errors import UsageError

KEY_START = "sl_"
_PREFIX_LENGTH = len(KEY_START) + 6
_LONGEST_NAME = 100


def digest(secret: str) -> str:
    """SHA-256 in hex. A random secret of 256 bits needs no slower function."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """A session's token."""
    return secrets.token_urlsafe(32)


def new_key(
    name: str,
    scopes: Collection[Scope],
    *,
    gallery_ids: Collection[int] | None = None,
    origin: str | None = None,
) -> tuple[str, NewKey]:
    """A new secret, to be shown once, and the key that stands for it.

    Raises:
        UsageError: no scope, a blank name, or what an origin-bound key may not be.
    """
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"A key's name has 1 to {_LONGEST_NAME} characters.", hint="Say who it is for."
        )
    if not scopes:
        raise UsageError("A key without any right is of no use.", hint="Give it the scope search.")
    if origin is not None:
        origin = checked_origin(origin)
        if set(scopes) != {Scope.SEARCH}:
            raise UsageError(
                "A key that is bound to an origin stands in a public page, so it may only search.",
                hint="Leave out all scopes but search.",
            )
    secret = KEY_START + secrets.token_urlsafe(32)
    galleries = None if gallery_ids is None else frozenset(gallery_ids)
    prefix = secret[:_PREFIX_LENGTH]
    key = NewKey(name.strip(), prefix, digest(secret), frozenset(scopes), galleries, origin)
    return secret, key


def checked_origin(text: str) -> str:
    """An origin as browsers send it: scheme, host and, where it is unusual, port.

    Raises:
        UsageError: it is something else.
    """
    try:
        parts = urlsplit(text.strip().rstrip("/").lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise UsageError(
            f"“{text[:100]}” is not an origin.", hint="Write it as https://shop.example."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if usual else f":{port}")
