"""Decisions about categories are taken back by further decisions: those there were before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from api.schemas.items import CategoryOperation
from search.domain.category import Verdict
from search.ports.catalogue import Snapshot

Said = Mapping[tuple[str, str, int], Verdict]
"""What people have said, by taxonomy, path and item."""

Op = Literal["forget", "accept", "reject"]


def said_of(snapshot: Snapshot, gallery_id: int, items: Sequence[int]) -> Said:
    """What is said of these items now."""
    return {
        (one.taxonomy, one.path, item): one.verdict
        for item, guesses in snapshot.item_guesses(gallery_id, items).items()
        for one in guesses
        if one.verdict is not None
    }


def undoing(before: Said, after: Said) -> list[CategoryOperation]:
    """Operations that lead back, in an order that may be kept: what goes makes room first."""
    groups: dict[tuple[Op, str, str], list[int]] = {}
    for key in sorted(before.keys() | after.keys()):
        was = before.get(key)
        if was != after.get(key):
            taxonomy, path, item = key
            op: Op = "forget" if was is None else was.value
            groups.setdefault((op, taxonomy, path), []).append(item)
    return [
        CategoryOperation(op=op, items=items, category=path, taxonomy=taxonomy)
        for (op, taxonomy, path), items in sorted(
            groups.items(), key=lambda group: group[0][0] != "forget"
        )
    ]
