"""A folder kept indexed while it changes, by the operating system's own notices.

A notice only says that something happened below a root; what happened, the next scan of that
root tells, so a notice that is lost or doubled does no harm, and moves are recognised as ever.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.embedding import EmbedderOpener
from indexer.folding import MIN_OVERLAY_ROWS, fold_in_background
from indexer.formats import is_archive_name
from indexer.reconcile import IndexOptions, index
from indexer.report import IndexReport, ProgressListener, ignore_progress
from indexer.sources.lists import named_path
from indexer.stopping import StopRequest, stopping_on_signals
from search.errors import ConfirmationNeededError, NotFoundError, SightlineError
from search.ports.catalogue import Catalogue
from search.settings import Settings

RETRY_S, LONGEST_RETRY_S = 2.0, 300.0
FOLD_WAIT_S = 10.0

Notices = Iterator[set[str]]
"""Paths that changed, burst by burst; an empty set when nothing happened for a while."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How patient a watch is, all in seconds.

    Attributes:
        quiet_s: a burst has ended, and a file is whole, when nothing changed for so long.
        longest_burst_s: a burst that does not end is worked on after so long, without the files
            that are still being written.
        rescan_s: everything is scanned anew so often, in case a notice was lost.
    """

    quiet_s: float = 1.0
    longest_burst_s: float = 60.0
    rescan_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """What a watch has done: a report, or one sentence on why it could not."""

    report: IndexReport | None = None
    problem: str = ""


Told = Callable[[WatchEvent], None]


def watch(
    settings: Settings,
    catalogue: Catalogue,
    targets: Sequence[str | Path],
    *,
    tell: Told,
    gallery_name: str = "default",
    index_options: IndexOptions | None = None,
    options: WatchOptions | None = None,
    progress: ProgressListener = ignore_progress,
    open_embedder: EmbedderOpener | None = None,
    stop: StopRequest | None = None,
) -> None:
    """Index the targets, then keep them indexed until the stop is asked for.

    Args:
        index_options: with `fold`, generations are built by a process of its own.
        tell: called with what each run came to; the first call is the first run's, and notices
            are being listened to by then.
    Raises:
        NotFoundError: a target that is not there.
        SightlineError: the first run failed. Later failures are told, and tried again.
    """
    places = [named_path(target).resolve() for target in targets]
    for place in places:
        if not place.exists():
            raise NotFoundError(
                f"There is no file or folder {place}.", hint="Check the path for typing errors."
            )
    request = stop or StopRequest()
    watcher = _Watcher(
        settings,
        catalogue,
        places,
        tell,
        gallery_name,
        replace(index_options or IndexOptions(), dry_run=False),
        options or WatchOptions(),
        progress,
        open_embedder,
        request,
    )
    with stopping_on_signals(request):
        try:
            watcher.run(system_notices(places, watcher.options, request))
        except KeyboardInterrupt:
            if not request.asked:
                raise
        finally:
            watcher.close()


def system_notices(places: Sequence[Path], options: WatchOptions, stop: StopRequest) -> Notices:
    """The operating system's notices below these places, gathered into bursts."""
    from watchfiles import watch as notices

    step_ms = max(10, int(options.quiet_s * 1000))
    for changes in notices(
        *places,
        watch_filter=None,
        debounce=max(step_ms, int(options.longest_burst_s * 1000)),
        step=step_ms,
        stop_event=stop.event,
        rust_timeout=step_ms,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    ):
        yield {path for _, path in changes}


class _Watcher:
    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        places: Sequence[Path],
        tell: Told,
        gallery_name: str,
        index_options: IndexOptions,
        options: WatchOptions,
        progress: ProgressListener,
        open_embedder: EmbedderOpener | None,
        stop: StopRequest,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._places = places
        self._tell = tell
        self._gallery_name = gallery_name
        self._index_options = replace(index_options, fold=False)
        self._folds = index_options.fold
        self.options = options
        self._progress = progress
        self._open_embedder = open_embedder
        self._stop = stop
        self._retry_at: float | None = None
        self._retry_s = RETRY_S
        self._n_changed = 0
        self._folding: subprocess.Popen[bytes] | None = None

    def run(self, notices: Notices) -> None:
        """Work burst by burst. The first notice is waited for before the first run, so that
        nothing that happens during it is missed."""
        first = next(notices, None)
        if first is None:
            return
        self._tell(WatchEvent(self._index(self._places, frozenset())))
        self._fold(force=True)
        scanned_at = time.monotonic()
        for paths in notices:
            now = time.monotonic()
            due = now - scanned_at >= self.options.rescan_s
            again = self._retry_at is not None and now >= self._retry_at
            places = self._places if due or again else self._touched_places(paths)
            if not places:
                continue
            if due:
                scanned_at = now
            self._try(places, self._wait_until_whole(paths))
            self._fold()
            if self._stop.asked:
                return

    def close(self) -> None:
        """Wait for a fold in the background, or end it: what it leaves does no harm."""
        if self._folding is None:
            return
        try:
            self._folding.wait(FOLD_WAIT_S)
        except subprocess.TimeoutExpired:
            self._folding.kill()
            self._folding.wait()

    def _try(self, places: Sequence[Path], unfinished: frozenset[Path]) -> None:
        self._retry_at = None
        try:
            self._tell(WatchEvent(self._index(places, unfinished)))
        except ConfirmationNeededError as error:
            report = error.report if isinstance(error.report, IndexReport) else None
            self._tell(WatchEvent(report, error.message))
        except SightlineError as error:
            self._retry_at = time.monotonic() + self._retry_s
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
            self._tell(WatchEvent(problem=error.message))
        else:
            self._retry_s = RETRY_S
            if unfinished:
                self._retry_at = time.monotonic() + self._retry_s

    def _index(self, places: Sequence[Path], unfinished: frozenset[Path]) -> IndexReport:
        patterns = (*self._index_options.exclude, *self._patterns(unfinished))
        report = index(
            self._settings,
            self._catalogue,
            places,
            gallery_name=self._gallery_name,
            options=replace(self._index_options, exclude=patterns),
            progress=self._progress,
            open_embedder=self._open_embedder,
            stop=self._stop,
        )
        self._n_changed += report.new + report.changed + report.missing + report.returned
        return report

    def _touched_places(self, paths: Iterable[str]) -> list[Path]:
        """The watched places below which something happened that may concern pictures."""
        touched = [Path(path) for path in paths if not _is_scratch(Path(path))]
        return [
            place for place in self._places if any(path.is_relative_to(place) for path in touched)
        ]

    def _wait_until_whole(self, paths: Iterable[str]) -> frozenset[Path]:
        """Wait until files are written to the end; returns those that still are being written."""
        deadline = time.monotonic() + self.options.longest_burst_s
        before = _stamps([Path(path) for path in paths])
        while before and not self._stop.wait(min(0.2, self.options.quiet_s)):
            now = _stamps(before)
            moving = {path for path in now if now[path] != before.get(path)}
            fresh = {path for path, (_, at) in now.items() if _just_now(at, self.options.quiet_s)}
            if not moving and not fresh:
                break
            if time.monotonic() > deadline:
                return frozenset(moving | fresh)
            before = now
        return frozenset()

    def _patterns(self, unfinished: Iterable[Path]) -> list[str]:
        """Patterns that pass over single files, relative to the watched place they lie in."""
        patterns = []
        for path in unfinished:
            for place in self._places:
                if path.is_relative_to(place) and path != place:
                    relative = path.relative_to(place).as_posix()
                    patterns.append("/" + "".join(_escaped(c) for c in relative))
        return patterns

    def _fold(self, *, force: bool = False) -> None:
        """Have a process of its own build a generation once enough has changed."""
        if self._folding is not None and self._folding.poll() is None:
            return
        if not self._folds or not (force or self._n_changed >= MIN_OVERLAY_ROWS):
            return
        with self._catalogue.reading() as snapshot:
            gallery = snapshot.gallery(self._gallery_name)
        if gallery.active_space_id is not None:
            self._n_changed = 0
            self._folding = fold_in_background(self._settings, gallery.id, gallery.active_space_id)


def _stamps(paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Size and time of those of the paths that are files now."""
    stamps = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        if path.is_file():
            stamps[path] = (status.st_size, status.st_mtime_ns)
    return stamps


def _just_now(mtime_ns: int, quiet_s: float) -> bool:
    """Whether a file was written within the last `quiet_s`; one from the future was not."""
    return 0 <= time.time() - mtime_ns / 1e9 < quiet_s


def _is_scratch(path: Path) -> bool:
    """Whether a path is another program's business: hidden, or a download under way."""
    hidden = path.name.startswith(".") and not path.name.startswith(".sightlineignore")
    partial = path.suffix.lower() in {".part", ".partial", ".crdownload", ".tmp", ".download"}
    return (hidden or partial) and not is_archive_name(path.name)


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "*?[]!#\\ " else character
