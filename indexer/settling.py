"""The end of a run: what vanished has moved, or is missing, or needs a person to say so."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from indexer.missing import ScanFacts, why_confirm
from indexer.moves import Arrival, can_move, resolve_moves
from indexer.report import Tally
from indexer.scanning import Scanned
from search.domain.indexing import FileStatus, KnownFile, Root, RootKind
from search.ports.catalogue import Catalogue

T = TypeVar("T")

CHUNK = 500
"""Files to a transaction, so that no writer is kept waiting for long."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What the moves left over.

    Attributes:
        copies: arrivals that are items of their own.
        moved_ids: files that are at another place now.
    """

    copies: tuple[Arrival, ...]
    moved_ids: frozenset[int]


def settle_moves(
    catalogue: Catalogue,
    gallery_id: int,
    scans: Sequence[Scanned],
    arrivals: Sequence[Arrival],
    tally: Tally,
) -> Settled:
    """Move the items whose file was found elsewhere with the same content."""
    if not arrivals:
        return Settled((), frozenset())
    vanished = {file.id: file for scan in scans for file in scan.plan.vanished}
    hashes = sorted({arrival.content_hash for arrival in arrivals})
    with catalogue.reading() as snapshot:
        roots = {root.id: root for root in snapshot.roots(gallery_id)}
        known = list(snapshot.files_by_hash(gallery_id, hashes))
    departed = [
        file
        for file in known
        if can_move(file)
        and _has_departed(file, vanished)
        and _is_gone(file, roots[file.slot.root_id])
    ]
    moves = resolve_moves(arrivals, departed)
    for chunk in _chunks(moves.moved):
        with catalogue.writing(gallery_id) as work:
            work.move_files(chunk)
            work.commit()
        tally.moved += len(chunk)
    return Settled(moves.copies, frozenset(move.file_id for move in moves.moved))


def settle_missing(
    catalogue: Catalogue,
    gallery_id: int,
    scans: Sequence[Scanned],
    moved_ids: frozenset[int],
    tally: Tally,
    *,
    confirmed: bool,
) -> list[Scanned]:
    """Mark what is gone as missing; where that looks like an accident, only with `confirmed`.

    Returns the scans whose word was taken, so that their roots' devices may be recorded. Why
    others were refused is added to the tally.
    """
    trusted = []
    for scan in scans:
        gone = _still_gone(catalogue, scan, moved_ids)
        reason = why_confirm(scan_facts(scan, len(gone)))
        if reason is not None and not confirmed:
            tally.refusals.append(reason)
            continue
        trusted.append(scan)
        for chunk in _chunks(gone):
            with catalogue.writing(gallery_id) as work:
                work.mark_missing([file.id for file in chunk])
                work.commit()
            tally.missing += len(chunk)
    return trusted


def scan_facts(scan: Scanned, n_vanished: int) -> ScanFacts:
    """What a scan tells about whether it is to be believed."""
    return ScanFacts(
        place=scan.place,
        n_seen=scan.n_seen,
        n_known=scan.n_known,
        n_vanished=n_vanished,
        n_hidden=scan.plan.n_hidden,
        other_device=scan.other_device,
    )


def _still_gone(catalogue: Catalogue, scan: Scanned, moved_ids: frozenset[int]) -> list[KnownFile]:
    """Vanished files that no other run has moved, found or marked since they were scanned."""
    vanished = [file for file in scan.plan.vanished if file.id not in moved_ids]
    if not vanished or scan.root is None:
        return []
    with catalogue.reading() as snapshot:
        now = {f.id: f for f in snapshot.known_files(scan.root.id, scan.scope.below)}
    return [
        file
        for file in vanished
        if (fresh := now.get(file.id)) is not None
        and fresh.slot == file.slot
        and fresh.status is not FileStatus.MISSING
        and _is_gone(file, scan.root)
    ]


def _has_departed(file: KnownFile, vanished: dict[int, KnownFile]) -> bool:
    if file.status is FileStatus.MISSING:
        return True
    seen = vanished.get(file.id)
    return seen is not None and seen.slot == file.slot


def _is_gone(file: KnownFile, root: Root) -> bool:
    """Whether there is no such file now. One that is only ignored or excluded is not gone."""
    if root.kind is RootKind.CATALOGUE:
        return True  # The row is gone, whatever became of the picture it named.
    return not os.path.isfile(os.path.join(root.path, file.slot.path))  # noqa: PTH113, PTH118


def _chunks(files: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(files), CHUNK):
        yield list(files[start : start + CHUNK])
