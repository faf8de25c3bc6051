"""From plans to reading tasks, and from finished batches to one transaction each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from indexer.decoding.tasks import KnownContent, ReadFailed, ReadTask
from indexer.embedding import SpaceEmbedder
from indexer.moves import Arrival
from indexer.paths import parents
from indexer.pipeline import Batch, Embedded
from indexer.plan import Reading, Reason
from indexer.report import Progress, ProgressListener, Stage, Tally
from indexer.sources.readers import root_folder
from search.domain.indexing import (
    FailedPicture,
    FileStamp,
    FileStatus,
    IndexedPicture,
    Root,
    RootKind,
)
from search.ports.catalogue import Catalogue, UnitOfWork

T = TypeVar("T")

LOOK_UP = 500
"""Contents looked up at once."""


class Storer:
    """Stores what the pipeline of one run brings.

    Attributes:
        arrivals: new files whose content is known; whether they moved is settled at the end.
        refreshed: known files of the same content whose facts have to be stored again.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        gallery_id: int,
        roots: Iterable[Root],
        embedder: SpaceEmbedder,
        tally: Tally,
        progress: ProgressListener,
    ) -> None:
        self._catalogue = catalogue
        self._gallery_id = gallery_id
        self._roots = {root.id: root for root in roots}
        self._embedder = embedder
        self._tally = tally
        self._progress = progress
        self._done = 0
        self._total = 0
        self.arrivals: list[Arrival] = []
        self.refreshed: list[Arrival] = []

    def tasks(self, readings: Sequence[Reading]) -> Iterator[ReadTask]:
        """One task for each picture that has to be read; those for their facts come later."""
        self._total += len(readings)
        sizes = sorted({r.found.stamp.size_bytes for r in readings if r.reason is Reason.NEW})
        with self._catalogue.reading() as snapshot:
            by_size = snapshot.hashes_of_sizes(self._gallery_id, sizes) if sizes else {}
        for reading in readings:
            if reading.reason is Reason.FACTS and (content := _known_hash(reading)) is not None:
                self.refreshed.append(Arrival(reading, content))
                continue
            yield self._task(reading, known_hashes=_known_hashes(reading, by_size))

    def tasks_again(self, arrivals: Sequence[Arrival]) -> Iterator[ReadTask]:
        """Tasks for contents that are known: pixels only where their embedding is not stored."""
        for chunk in _chunks(arrivals):
            stored = self._embedder.stored(sorted({a.content_hash for a in chunk}))
            for arrival in chunk:
                pixels_wanted = arrival.content_hash not in stored
                yield self._task(arrival.reading, pixels_wanted=pixels_wanted)

    def commit(self, batch: Batch) -> None:
        """Store one batch, all or nothing."""
        failures = [f for f in batch.failed if not self._is_gone(f)]
        refreshed, found = self._sort_known(batch.known)
        with self._catalogue.writing(self._gallery_id) as work:
            self._store_pictures(work, batch.embedded)
            if failures:
                work.store_failures([_failure(failed) for failed in failures])
            if refreshed:
                work.refresh_files(refreshed)
            if found:
                work.mark_found(found)
            work.commit()
        self._tally.unchanged += len(refreshed)
        self._tally.returned += len(found)
        for failed in failures:
            self._tally.fail(self.uri(_reading(failed.task)), failed.reason)
        self._done += len(batch.embedded) + len(batch.known) + len(batch.failed)
        self._progress(Progress(Stage.EMBED, self._done, self._total))

    def uri(self, reading: Reading) -> str:
        root = self._roots[reading.root_id]
        return str(root_folder(root.path, root.kind) / reading.found.path)

    def _store_pictures(self, work: UnitOfWork, embedded: Sequence[Embedded]) -> None:
        if not embedded:
            return
        space_id = self._embedder.space.id
        report = work.store_pictures([_indexed(picture, space_id) for picture in embedded])
        self._tally.new += report.added
        self._tally.changed += report.replaced
        self._tally.unchanged += report.unchanged
        self._tally.skipped += report.superseded

    def _sort_known(
        self, known: Sequence[KnownContent]
    ) -> tuple[dict[int, FileStamp], dict[int, FileStamp]]:
        """Put aside what is settled later; returns new stamps of known and of returned files."""
        refreshed: dict[int, FileStamp] = {}
        found: dict[int, FileStamp] = {}
        for content in known:
            reading = _reading(content.task)
            if reading.known is None or reading.reason is Reason.NEW:
                self.arrivals.append(Arrival(reading, content.content_hash))
            elif self._has_facts(reading):
                self.refreshed.append(Arrival(reading, content.content_hash))
            elif reading.known.status is FileStatus.MISSING:
                found[reading.known.id] = reading.found.stamp
            else:
                refreshed[reading.known.id] = reading.found.stamp
        return refreshed, found

    def _has_facts(self, reading: Reading) -> bool:
        """Whether the source itself says something that may have changed with the same content."""
        found = reading.found
        from_rows = self._roots[reading.root_id].kind is RootKind.CATALOGUE
        return from_rows or bool(found.title or found.tags or found.attributes)

    def _is_gone(self, failed: ReadFailed) -> bool:
        """Whether the file was deleted between scan and reading: that is no failure."""
        reading = _reading(failed.task)
        root = self._roots[reading.root_id]
        folder = root_folder(root.path, root.kind)
        places = [*list(parents(reading.found.path))[1:], reading.found.path]
        for place in places:
            path = Path(folder, place)
            if path.is_file():
                return False  # The file itself, or the archive it lies in.
            if not path.is_dir():
                return True
        return False

    def _task(
        self,
        reading: Reading,
        *,
        known_hashes: frozenset[str] = frozenset(),
        pixels_wanted: bool = True,
    ) -> ReadTask:
        root = self._roots[reading.root_id]
        return ReadTask(
            key=reading,
            root_path=root.path,
            root_kind=root.kind,
            path=reading.found.path,
            known_hashes=known_hashes,
            pixels_wanted=pixels_wanted,
        )


def _known_hashes(reading: Reading, by_size: Mapping[int, frozenset[str]]) -> frozenset[str]:
    if reading.reason is Reason.NEW:
        return by_size.get(reading.found.stamp.size_bytes, frozenset())
    content = _known_hash(reading)
    if reading.reason is Reason.RETRY or content is None:
        return frozenset()
    return frozenset({content})


def _known_hash(reading: Reading) -> str | None:
    return None if reading.known is None else reading.known.content_hash


def _indexed(embedded: Embedded, space_id: str) -> IndexedPicture:
    reading = _reading(embedded.read.task)
    found = reading.found
    return IndexedPicture(
        slot=reading.slot,
        stamp=found.stamp,
        picture=embedded.read.picture,
        space_id=space_id,
        vector=embedded.vector,
        item_kind=found.item_kind,
        item_title=found.title,
        item_attributes=found.attributes,
        item_tags=found.tags,
    )


def _failure(failed: ReadFailed) -> FailedPicture:
    reading = _reading(failed.task)
    return FailedPicture(reading.slot, reading.found.stamp, failed.reason, failed.content_hash)


def _reading(task: ReadTask) -> Reading:
    if not isinstance(task.key, Reading):
        raise TypeError(f"an indexing task carries its reading, not {task.key!r}")
    return task.key


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, LOOK_UP)):
        yield chunk
