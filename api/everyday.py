"""Everyday things: what pictures are classified by where nobody has said what to look for."""

from __future__ import annotations

from functools import cache

from search.categories.ready_made import ready_made

TAXONOMY = "everyday"


@cache
def everyday_classes() -> tuple[str, ...]:
    """Names of the categories that the ready-made taxonomy asks a model about, in its order."""
    return tuple(one.name for one in ready_made(TAXONOMY).walk() if one.words)
