"""Who is asking, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from search.domain.service import Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Attributes:
        name: for the log; the key's prefix, `anonymous` or `local`.
        scopes: what they may do.
        gallery_ids: where they may do it; None is everywhere.
        public: sees neither paths nor, unless switched on, originals.
        originals: may fetch originals.
    """

    name: str
    scopes: frozenset[Scope]
    gallery_ids: frozenset[int] | None = None
    public: bool = False
    originals: bool = True

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


LOCAL = Caller("local", frozenset(Scope))
"""Whoever sits at this machine, while no key is asked for."""
