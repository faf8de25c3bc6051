"""A store of limited size for what is kept, and a memory of what was asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable
from threading import Lock
from typing import Protocol, TypeVar

_MOST_SEEN = 4_096


class Kept(Protocol):
    """Something about a gallery that is true at one of its revisions."""

    @property
    def revision(self) -> int: ...

    @property
    def n_bytes(self) -> int:
        """About what is held."""


_Kept = TypeVar("_Kept", bound=Kept)


class Store:
    """Keeps up to so many bytes, of which the longest unused go; safe to use from many threads."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._n_bytes = 0
        self._seen: OrderedDict[Hashable, None] = OrderedDict()

    def asked_before(self, keys: Collection[Hashable]) -> frozenset[Hashable]:
        """Those of the keys that were asked for before; remembers that all of them are."""
        with self._lock:
            known = frozenset(key for key in keys if key in self._seen)
            for key in keys:
                self._seen[key] = None
                self._seen.move_to_end(key)
            while len(self._seen) > _MOST_SEEN:
                self._seen.popitem(last=False)
        return known

    def get(self, key: Hashable, kind: type[_Kept]) -> _Kept | None:
        """What is kept under the key; all that is kept under one key is of one kind."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        return found if isinstance(found, kind) else None

    def keep(self, key: Hashable, one: Kept) -> None:
        """Keep it instead of what was true earlier."""
        with self._lock:
            before = self._kept.get(key)
            if before is not None and before.revision > one.revision:
                return
            self._n_bytes += one.n_bytes - (0 if before is None else before.n_bytes)
            self._kept[key] = one
            self._kept.move_to_end(key)
            while self._n_bytes > self.most_bytes and len(self._kept) > 1:
                self._n_bytes -= self._kept.popitem(last=False)[1].n_bytes
