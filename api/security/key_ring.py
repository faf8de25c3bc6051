"""The keys in memory, read again every few seconds: a check costs no database."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from api.security.secrets import digest
from search.domain.service import ApiKey
from search.ports.catalogue import Catalogue

FRESH_S = 2.0
"""How long a revoked key may still be good in another process."""

READ_AT_MOST_EVERY_S = 0.1
"""Unknown keys are looked for in the database, which may have new ones, no more often."""

_NOTE_USE_EVERY_S = 60.0
_REMEMBERED_SESSIONS = 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """All live keys by digest, the galleries' ids by name, and when reading them began.

    Attributes:
        any_made: whether there ever was a key; revoking the last one opens nothing.
    """

    by_digest: Mapping[str, ApiKey]
    any_made: bool
    gallery_ids: Mapping[str, int]
    read_at: float

    @property
    def origins(self) -> frozenset[str]:
        """Sites whose pages have a key of their own."""
        return frozenset(key.origin for key in self.by_digest.values() if key.origin)


class KeyRing:
    """Answers from memory; used from the event loop, reads in threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._store = catalogue.key_store
        self._keys: Keys | None = None
        self._sessions: OrderedDict[str, tuple[ApiKey | None, float]] = OrderedDict()
        self._reading = asyncio.Lock()
        self._used: dict[int, float] = {}

    async def current(self) -> Keys:
        """The keys as they were a moment ago at most."""
        keys = self._keys
        if keys is not None and time.monotonic() - keys.read_at < FRESH_S:
            return keys
        async with self._reading:
            if self._keys is None or self._keys is keys:
                self._keys = await asyncio.to_thread(self._read)
            return self._keys

    async def key_of(self, secret: str) -> ApiKey | None:
        """The live key with this secret, also where another process has only just made it."""
        key = (await self.current()).by_digest.get(digest(secret))
        if key is None:
            key = (await self._anew()).by_digest.get(digest(secret))
        if key is not None:
            self._note_use(key.id)
        return key

    async def key_of_session(self, token: str) -> ApiKey | None:
        """The live key that a session's token stands for."""
        token_hash = digest(token)
        known = self._sessions.get(token_hash)
        if known is None or time.monotonic() - known[1] > FRESH_S:
            found = await asyncio.to_thread(self._store.key_of_session, token_hash)
            known = self._sessions[token_hash] = (found, time.monotonic())
            while len(self._sessions) > _REMEMBERED_SESSIONS:
                self._sessions.popitem(last=False)
        return known[0]

    def forget(self) -> None:
        """Read everything anew: keys or sessions have just been changed here."""
        self._keys = None
        self._sessions.clear()

    async def _anew(self) -> Keys:
        """The keys, read after this was asked."""
        asked_at = time.monotonic()
        async with self._reading:
            keys = self._keys
            if keys is None or keys.read_at < asked_at:
                if keys is not None:
                    await asyncio.sleep(keys.read_at + READ_AT_MOST_EVERY_S - time.monotonic())
                self._keys = keys = await asyncio.to_thread(self._read)
            return keys

    def _read(self) -> Keys:
        read_at = time.monotonic()
        with self._catalogue.reading() as snapshot:
            ids = {gallery.name: gallery.id for gallery in snapshot.galleries()}
        live = self._store.live_keys()
        any_made = bool(live) or bool(self._store.all_keys())
        return Keys(live, any_made, ids, read_at)

    def _note_use(self, key_id: int) -> None:
        now = time.monotonic()
        if now - self._used.get(key_id, -_NOTE_USE_EVERY_S) >= _NOTE_USE_EVERY_S:
            self._used[key_id] = now
            # A thread of its own: a writing indexer must not hold up a query.
            threading.Thread(target=self._store.touch_key, args=(key_id,), daemon=True).start()
