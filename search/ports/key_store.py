"""The seam to keys and sessions. Secrets never cross it, only their digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from search.domain.service import ApiKey, NewKey


class KeyStore(Protocol):
    """Keys of the service, and sessions that stand for them."""

    def create_key(self, key: NewKey) -> ApiKey: ...

    def key_of_secret(self, secret_hash: str) -> ApiKey | None:
        """The key that is not revoked, None where there is none."""

    def live_keys(self) -> Mapping[str, ApiKey]:
        """Keys that are not revoked, by the digest of their secret."""

    def all_keys(self) -> Sequence[ApiKey]:
        """All keys, revoked ones too, oldest first."""

    def revoke_key(self, key_id: int) -> ApiKey:
        """Revoke it and end its sessions; raises NotFoundError where there is no such key."""

    def touch_key(self, key_id: int) -> None:
        """Note that the key has just been used."""

    def create_session(self, token_hash: str, key_id: int, lasts_s: float) -> None: ...

    def key_of_session(self, token_hash: str) -> ApiKey | None:
        """The key that a session which has not ended stands for."""

    def end_session(self, token_hash: str) -> None: ...
