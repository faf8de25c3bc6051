"""What a scan means against the files known from earlier scans; pure, nothing is read or written.

A file is told by its slot and its stamp alone, so an unchanged one costs a `stat`. What has to
be read is a `Reading` with the reason for it; what is gone is only *vanished* here: whether it
moved or is missing is decided at the run's end by `indexer/moves.py` and `indexer/missing.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from indexer.paths import is_below
from search.domain.indexing import FileSlot, FileStamp, FileStatus, KnownFile
from search.ports.photo_source import Found, FoundContainer, FoundPicture, UnreadableEntry

RACY_S = 2.0
"""Some file systems keep times to 2 s: a file scanned that soon after a change may change again
without its stamp telling."""


class Reason(StrEnum):
    """Why a file is read.

    Never seen; another stamp or place; a stamp not to be trusted; failed before; what its
    catalogue says of it may have changed.
    """

    NEW = "new"
    CHANGED = "changed"
    RECHECK = "recheck"
    RETRY = "retry"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Reading:
    """A picture to be read. `known` is what an earlier scan stored of it, None where new."""

    root_id: int
    found: FoundPicture
    reason: Reason
    known: KnownFile | None = None

    @property
    def slot(self) -> FileSlot:
        found = self.found
        return FileSlot(self.root_id, found.path, found.item_key, found.ordinal)


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What one scan of one root asks for.

    Attributes:
        readings: pictures to read, in the order of the scan.
        returned: stamps of missing files that are back as they were, by file id.
        vanished: files that were there and are not, by path.
        containers: archives that were opened, to be remembered once their members are stored.
        unreadable: what should be looked at and cannot; nothing below it counts as vanished.
        n_hidden: known files below something unreadable, which therefore nobody has seen.
        n_unchanged: files whose stamp is the same.
        n_failed_before: files that failed and have not changed since; not tried again.
    """

    root_id: int
    readings: tuple[Reading, ...] = ()
    returned: Mapping[int, FileStamp] = field(default_factory=dict)
    vanished: tuple[KnownFile, ...] = ()
    containers: Mapping[str, FileStamp] = field(default_factory=dict)
    unreadable: tuple[UnreadableEntry, ...] = ()
    n_hidden: int = 0
    n_unchanged: int = 0
    n_failed_before: int = 0


SlotKey = tuple[str, int]
"""What makes a file of a root the same file in the next scan: its item's key and its ordinal."""


def plan_scan(
    root_id: int,
    found: Iterable[Found],
    known: Iterable[KnownFile],
    *,
    rehash: bool = False,
    refresh_facts: bool = False,
) -> ScanPlan:
    """Compare what a source sees with what is known of the same part of its root.

    Args:
        known: every known file of the part that was scanned, and nothing beyond it.
        rehash: read every picture again, whatever its stamp says.
        refresh_facts: the catalogue itself has changed, so each of its rows is looked at again.
    """
    return _Planner(root_id, known, rehash=rehash, refresh_facts=refresh_facts).plan(found)


class _Planner:
    def __init__(
        self, root_id: int, known: Iterable[KnownFile], *, rehash: bool, refresh_facts: bool
    ) -> None:
        self._root_id = root_id
        self._rehash = rehash
        self._refresh_facts = refresh_facts
        self._known = {(f.slot.item_key, f.slot.ordinal): f for f in known}
        self._seen: set[SlotKey] = set()
        self._kept_containers: set[str] = set()
        self._readings: list[Reading] = []
        self._returned: dict[int, FileStamp] = {}
        self._containers: dict[str, FileStamp] = {}
        self._unreadable: list[UnreadableEntry] = []
        self._n_unchanged = 0
        self._n_failed_before = 0

    def plan(self, found: Iterable[Found]) -> ScanPlan:
        for entry in found:
            if isinstance(entry, FoundPicture):
                self._take_picture(entry)
            elif isinstance(entry, FoundContainer):
                self._take_container(entry)
            else:
                self._unreadable.append(entry)
        vanished, n_hidden = self._settle_unseen()
        return ScanPlan(
            root_id=self._root_id,
            readings=tuple(self._readings),
            returned=self._returned,
            vanished=vanished,
            containers=self._containers,
            unreadable=tuple(self._unreadable),
            n_hidden=n_hidden,
            n_unchanged=self._n_unchanged,
            n_failed_before=self._n_failed_before,
        )

    def _take_picture(self, found: FoundPicture) -> None:
        key = (found.item_key, found.ordinal)
        if key in self._seen:
            return
        self._seen.add(key)
        known = self._known.get(key)
        reason = why_read(found, known, rehash=self._rehash)
        if reason is None and self._refresh_facts and known is not None and known.content_hash:
            reason = Reason.FACTS
        if reason is not None:
            self._readings.append(Reading(self._root_id, found, reason, known))
        elif known is not None and known.status is FileStatus.MISSING:
            self._returned[known.id] = found.stamp
        elif known is not None and known.status is FileStatus.FAILED:
            self._n_failed_before += 1
        else:
            self._n_unchanged += 1

    def _take_container(self, found: FoundContainer) -> None:
        self._seen.add((found.path, 0))
        if found.opened:
            self._containers[found.path] = found.stamp
        elif found.path:  # A catalogue's own stamp says nothing of its pictures.
            self._kept_containers.add(found.path)

    def _settle_unseen(self) -> tuple[tuple[KnownFile, ...], int]:
        vanished: list[KnownFile] = []
        n_hidden = 0
        unreadable = frozenset(entry.path for entry in self._unreadable)
        for key, known in self._known.items():
            if key in self._seen or known.status is FileStatus.MISSING:
                continue
            if is_below(known.slot.path, self._kept_containers):
                self._keep_member(known)
            elif known.slot.path in unreadable:
                continue  # The entry itself is recorded as a failure.
            elif is_below(known.slot.path, unreadable):
                n_hidden += 1
            else:
                vanished.append(known)
        return tuple(sorted(vanished, key=lambda f: f.slot.path)), n_hidden

    def _keep_member(self, known: KnownFile) -> None:
        if known.status is FileStatus.FAILED:
            self._n_failed_before += 1
        else:
            self._n_unchanged += 1


def why_read(
    found: FoundPicture, known: KnownFile | None, *, rehash: bool = False
) -> Reason | None:
    """Why a picture has to be read, None where it need not be."""
    stamp = found.stamp
    if known is None or known.status is FileStatus.CONTAINER:
        return Reason.NEW
    if known.status is FileStatus.FAILED:
        return Reason.RETRY if rehash or stamp != known.stamp else None
    if known.content_hash is None:
        return Reason.RETRY
    if stamp != known.stamp or found.path != known.slot.path:
        return Reason.CHANGED
    if rehash or abs(known.scanned_at - stamp.mtime_ns / 1e9) < RACY_S:
        return Reason.RECHECK
    return None
