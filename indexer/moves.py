"""Which vanished files have moved, and which copies are new; pure.

A vanished path whose content equals exactly one new path's, and no other vanished path's, has
moved: its item keeps id, tags and embedding. Anything else is a new item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from indexer.plan import Reading
from search.domain.indexing import FileStatus, KnownFile, MovedFile

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new file whose content is already known."""

    reading: Reading
    content_hash: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Pairs that moved, and the arrivals that are items of their own."""

    moved: tuple[MovedFile, ...]
    copies: tuple[Arrival, ...]


def resolve_moves(arrivals: Iterable[Arrival], departed: Iterable[KnownFile]) -> Moves:
    """Pair arrivals with departed files of the same content, one to one or not at all.

    Args:
        departed: files that vanished in this run or are missing since an earlier one.
    """
    new = _by_hash((arrival.content_hash, arrival) for arrival in arrivals)
    gone = _by_hash((f.content_hash, f) for f in departed if can_move(f))
    moved: list[MovedFile] = []
    copies: list[Arrival] = []
    for content_hash, group in new.items():
        candidates = {file.id: file for file in gone.get(content_hash, [])}
        if len(group) == 1 and len(candidates) == 1 and _same_kind(group[0], *candidates.values()):
            (file,) = candidates.values()
            reading = group[0].reading
            moved.append(MovedFile(file.id, reading.slot, reading.found.stamp))
        else:
            copies.extend(group)
    return Moves(tuple(moved), tuple(copies))


def can_move(file: KnownFile) -> bool:
    """Whether a file that is gone has an item that could be found elsewhere."""
    return (
        file.content_hash is not None
        and file.item_id is not None
        and file.status in (FileStatus.OK, FileStatus.MISSING)
    )


def _same_kind(arrival: Arrival, file: KnownFile) -> bool:
    """A photo moves to a photo's place; a product's picture belongs to its sku."""
    found = arrival.reading.found
    if found.item_key == found.path:
        return file.slot.item_key == file.slot.path
    return (file.slot.item_key, file.slot.ordinal) == (found.item_key, found.ordinal)


def _by_hash(pairs: Iterable[tuple[str | None, T]]) -> dict[str, list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for content_hash, value in pairs:
        if content_hash is not None:
            groups[content_hash].append(value)
    return groups
