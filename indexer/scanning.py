"""One scan of one part of a root: what is there, what was known, and what follows from both."""

from __future__ import annotations

import dataclasses
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from indexer.paths import is_below, parents
from indexer.plan import ScanPlan, plan_scan
from indexer.report import Progress, ProgressListener, Stage
from indexer.sources.opening import open_source
from indexer.stopping import StopRequest
from indexer.targets import Scope
from search.domain.indexing import FileStamp, FileStatus, KnownFile, Root, RootKind
from search.ports.catalogue import Catalogue
from search.ports.photo_source import Found, FoundContainer, UnreadableEntry

PROGRESS_EVERY = 1000
MANY_SINGLE_FILES = 20


@dataclass(frozen=True, slots=True)
class Scanned:
    """A finished scan.

    Attributes:
        root: None where the root is new and nothing may be written.
        n_seen: pictures and archives that are there.
        n_known: pictures that earlier scans knew there and that were not missing.
        device: the file system's number now, None where the root is gone.
        started_at: seconds since 1970-01-01 UTC.
    """

    scope: Scope
    root: Root | None
    plan: ScanPlan
    n_seen: int
    n_known: int
    device: int | None
    started_at: float

    @property
    def place(self) -> str:
        return str(Path(self.scope.root_path, self.scope.below))

    @property
    def other_device(self) -> bool:
        """Whether the root lies on another file system than when it was last scanned."""
        before = None if self.root is None else self.root.device
        return before is not None and self.device is not None and before != self.device

    def uri(self, path: str) -> str:
        return str(Path(self.scope.root_path, path))


class KnownFiles:
    """What earlier scans know of each scope; a long list of single files is looked up at once."""

    def __init__(self, catalogue: Catalogue, scopes: Sequence[Scope]) -> None:
        self._catalogue = catalogue
        self._n_single = Counter(scope.root_path for scope in scopes if scope.single)
        self._by_file: dict[int, dict[str, list[KnownFile]]] = {}

    def of(self, scope: Scope, root: Root | None) -> list[KnownFile]:
        """The known files of the part of the root that the scope covers."""
        if root is None:
            return []
        if not scope.single or self._n_single[scope.root_path] < MANY_SINGLE_FILES:
            return self._read(root, scope.below)
        if root.id not in self._by_file:
            by_file: dict[str, list[KnownFile]] = {}
            for file in self._read(root, ""):
                for place in {*parents(file.slot.path), file.slot.path}:
                    by_file.setdefault(place, []).append(file)
            self._by_file[root.id] = by_file
        return self._by_file[root.id].get(scope.below, [])

    def _read(self, root: Root, below: str) -> list[KnownFile]:
        with self._catalogue.reading() as snapshot:
            return list(snapshot.known_files(root.id, below))


def scan(
    known_files: KnownFiles,
    scope: Scope,
    root: Root | None,
    *,
    exclude: Sequence[str],
    rehash: bool,
    progress: ProgressListener,
    stop: StopRequest,
) -> Scanned:
    """Look at one part of one root and compare it with what is known of it.

    Raises:
        KeyboardInterrupt: the stop was asked for.
    """
    started_at = time.time()
    known = known_files.of(scope, root)
    containers = {
        file.slot.path: file.stamp for file in known if file.status is FileStatus.CONTAINER
    }
    own = _catalogue_itself(scope, containers)
    counter = _Counter(progress, stop)
    plan = plan_scan(
        root.id if root is not None else 0,
        counter.count(chain(own, _found(scope, exclude, {} if rehash else containers))),
        known,
        rehash=rehash,
        refresh_facts=any(entry.opened for entry in own),
    )
    return Scanned(
        scope=scope,
        root=root,
        plan=_without_absences(plan, scope) if scope.single else plan,
        n_seen=counter.n_seen,
        n_known=sum(1 for file in known if file.status is FileStatus.OK),
        device=_device(scope.root_path),
        started_at=started_at,
    )


class _Counter:
    """Counts what a source yields, tells the listener, and leaves when asked to."""

    def __init__(self, progress: ProgressListener, stop: StopRequest) -> None:
        self._progress = progress
        self._stop = stop
        self.n_seen = 0

    def count(self, found: Iterable[Found]) -> Iterator[Found]:
        for entry in found:
            self._stop.leave_if_asked()
            if not isinstance(entry, UnreadableEntry) and entry.path:
                self.n_seen += 1
                if self.n_seen % PROGRESS_EVERY == 0:
                    self._progress(Progress(Stage.SCAN, self.n_seen))
            yield entry
        self._progress(Progress(Stage.SCAN, self.n_seen, self.n_seen))


def _found(
    scope: Scope, exclude: Sequence[str], containers: Mapping[str, FileStamp]
) -> Iterator[Found]:
    if scope.gone:
        return iter(())
    source = open_source(
        scope.root_path,
        scope.kind,
        below=scope.below,
        exclude=exclude,
        exclude_roots=scope.exclude_roots,
    )
    return source.scan(containers)


def _without_absences(plan: ScanPlan, scope: Scope) -> ScanPlan:
    """A scan of one file proves absences only inside it, where it is an archive that was read."""
    if not plan.vanished:
        return plan
    inside = {scope.below} & plan.containers.keys()
    vanished = tuple(f for f in plan.vanished if is_below(f.slot.path, inside))
    return dataclasses.replace(plan, vanished=vanished)


def _catalogue_itself(scope: Scope, containers: Mapping[str, FileStamp]) -> list[FoundContainer]:
    """The catalogue file as a container of its rows, to tell whether they may have changed."""
    if scope.kind is not RootKind.CATALOGUE or scope.gone:
        return []
    status = Path(scope.root_path).stat()
    stamp = FileStamp(status.st_size, status.st_mtime_ns)
    return [FoundContainer("", stamp, opened=containers.get("") != stamp)]


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev  # noqa: PTH116 - as often as a list has files.
    except OSError:
        return None
