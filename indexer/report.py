"""What a run says: its progress while it goes, and its report when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from search.domain.gallery import FailedFile


class Stage(StrEnum):
    """Where a run's time goes; `load` is the model's loading, `assign` that of categories.

    Decoding, embedding and storing overlap, so they may sum to more than the run took; the longest
    is the one that holds the others up.
    """

    SCAN = "scan"
    LOAD = "load"
    DECODE = "decode"
    EMBED = "embed"
    STORE = "store"
    ASSIGN = "assign"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come. `total` is None while it is not known."""

    stage: Stage
    done: int
    total: int | None = None
    note: str = ""


ProgressListener = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """The listener of those who do not look."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an index run did, or with `dry_run` would do.

    Attributes:
        new: files that became items or views of items. In a dry run moves still count as new.
        changed: known files with other pixels, now a new view.
        moved: files found at another path, with their item.
        unchanged: files as they were, those hashed again or touched included.
        returned: missing files that are back.
        missing: files marked missing in this run.
        failed: files that could not be read, and why.
        skipped: files passed over: failed before and not changed since, or taken by another run.
        copied: embeddings reused from equal content, not computed.
        embedded: embeddings computed.
        notes: what else a person should know, such as a model in the making that does not load.
        refusals: why files that are gone were not marked missing, one sentence per place.
        seconds: per stage.
        revision: the gallery's revision after the run, None in a dry run.
    """

    dry_run: bool = False
    new: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    returned: int = 0
    missing: int = 0
    failed: tuple[FailedFile, ...] = ()
    skipped: int = 0
    copied: int = 0
    embedded: int = 0
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    took_s: float = 0.0
    space: str | None = None
    revision: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


class Tally:
    """Counts a run while it goes; used by one thread."""

    def __init__(self) -> None:
        self.new = self.changed = self.moved = self.unchanged = self.returned = 0
        self.missing = self.skipped = self.copied = self.embedded = 0
        self.failed: dict[str, str] = {}
        self.notes: list[str] = []
        self.refusals: list[str] = []
        self.seconds: dict[Stage, float] = dict.fromkeys(Stage, 0.0)
        self._started = time.perf_counter()

    @contextmanager
    def clock(self, stage: Stage) -> Iterator[None]:
        """Add the time that the block takes to a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - started

    @property
    def has_changes(self) -> bool:
        """Whether anything was stored that searches see."""
        counts = (self.new, self.changed, self.moved, self.returned, self.missing)
        return any(counts) or self.embedded + self.copied > 0

    def fail(self, uri: str, reason: str) -> None:
        self.failed[uri] = reason

    def rounded_seconds(self) -> dict[str, float]:
        """Seconds per stage, to the millisecond."""
        return {stage.value: round(seconds, 3) for stage, seconds in self.seconds.items()}

    def report(self, *, dry_run: bool, space: str | None, revision: int | None) -> IndexReport:
        return IndexReport(
            dry_run=dry_run,
            new=self.new,
            changed=self.changed,
            moved=self.moved,
            unchanged=self.unchanged,
            returned=self.returned,
            missing=self.missing,
            failed=tuple(FailedFile(uri, reason) for uri, reason in self.failed.items()),
            skipped=self.skipped,
            copied=self.copied,
            embedded=self.embedded,
            notes=tuple(self.notes),
            refusals=tuple(self.refusals),
            seconds=self.rounded_seconds(),
            took_s=round(time.perf_counter() - self._started, 3),
            space=space,
            revision=revision,
        )
