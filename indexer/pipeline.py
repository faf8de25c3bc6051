"""Read, embed, commit: while the model computes one batch, the next is handed to it, the last is
committed, and the one after is decoded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from indexer.decoding.pool import DecodePool
from indexer.decoding.tasks import KnownContent, PictureRead, ReadFailed, ReadResult, ReadTask
from indexer.embedding import HalfVector, LookedUp, SpaceEmbedder
from indexer.report import Stage, Tally
from indexer.stopping import StopRequest

SHORT_BATCH_S, LONG_BATCH_S = 0.5, 2.0

_BATCHES_AT_ONCE = 2
"""Batches given to the model: the one it computes and the one it goes on with."""

NOT_EMBEDDED = "The model finds no direction for this picture."


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture with its vector: float16, shape (dim,), a unit vector."""

    read: PictureRead
    vector: HalfVector


@dataclass(slots=True)
class Batch:
    """What one transaction will store."""

    reads: list[PictureRead] = field(default_factory=list)
    embedded: list[Embedded] = field(default_factory=list)
    known: list[KnownContent] = field(default_factory=list)
    failed: list[ReadFailed] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.reads) + len(self.known) + len(self.failed)


Commit = Callable[[Batch], None]


@dataclass(slots=True)
class BatchSize:
    """Pictures to a batch, and so the most that a killed run loses.

    A batch should take about a second to embed: long enough that a commit costs little beside
    it, short enough that little is lost. So the size follows the model's speed, unless `fixed`.
    """

    size: int = 32
    least: int = 8
    most: int = 256
    fixed: bool = False

    def took(self, n_computed: int, seconds: float) -> None:
        """Learn from a batch; small ones, such as the last, tell nothing."""
        if self.fixed or n_computed < self.size:
            return
        if seconds < SHORT_BATCH_S:
            self.size = min(2 * self.size, self.most)
        elif seconds > LONG_BATCH_S:
            self.size = max(self.size // 2, self.least)


@dataclass(frozen=True, slots=True)
class _Computed:
    """Vectors of a batch by content, how many were computed, and from when until when."""

    vectors: Mapping[str, HalfVector]
    n_computed: int
    began: float
    ended: float


class Pipeline:
    """Takes reading tasks through to commits, in one space."""

    def __init__(
        self,
        pool: DecodePool,
        embedder: SpaceEmbedder,
        *,
        batch_size: BatchSize,
        tally: Tally,
        stop: StopRequest,
    ) -> None:
        self._pool = pool
        self._embedder = embedder
        self._batch_size = batch_size
        self._tally = tally
        self._stop = stop
        self._last_ended = 0.0

    def run(self, tasks: Iterable[ReadTask], commit: Commit) -> None:
        """Work off all tasks.

        Args:
            commit: stores one batch in one transaction; called in the caller's thread.
        Raises:
            KeyboardInterrupt: the stop was asked for; what was embedded has been committed.
        """
        pending: tuple[Batch, Future[_Computed]] | None = None
        with ThreadPoolExecutor(_BATCHES_AT_ONCE, thread_name_prefix="embed") as threads:
            for batch in self._batches(tasks):
                looked_up = self._embedder.look_up(batch.reads)
                following = batch, threads.submit(self._compute, looked_up)
                if pending is not None:
                    self._finish(*pending, commit)
                pending = following
                if self._stop.asked:
                    break
            if pending is not None:
                self._finish(*pending, commit)
        self._stop.leave_if_asked()

    def _batches(self, tasks: Iterable[ReadTask]) -> Iterator[Batch]:
        batch = Batch()
        results = self._pool.read(tasks)
        while (result := self._next(results)) is not None:
            if isinstance(result, PictureRead):
                batch.reads.append(result)
            elif isinstance(result, KnownContent):
                batch.known.append(result)
            else:
                batch.failed.append(result)
            if len(batch) >= self._batch_size.size:
                yield batch
                batch = Batch()
            elif self._stop.asked:
                return
        if len(batch):
            yield batch

    def _next(self, results: Iterator[ReadResult]) -> ReadResult | None:
        with self._tally.clock(Stage.DECODE):
            return next(results, None)

    def _compute(self, batch: LookedUp) -> _Computed:
        began = time.perf_counter()
        vectors, n_computed = self._embedder.compute(batch)
        return _Computed(vectors, n_computed, began, time.perf_counter())

    def _finish(self, batch: Batch, under_way: Future[_Computed], commit: Commit) -> None:
        computed = under_way.result()
        self._learn(computed)
        self._sort(batch, computed)
        with self._tally.clock(Stage.STORE):
            commit(batch)

    def _learn(self, computed: _Computed) -> None:
        """How long the model took, without the time that a batch waited for the one before it,
        which may end later where this one needed no model."""
        seconds = max(0.0, computed.ended - max(computed.began, self._last_ended))
        self._last_ended = max(computed.ended, self._last_ended)
        self._tally.seconds[Stage.EMBED] += seconds
        self._batch_size.took(computed.n_computed, seconds)

    def _sort(self, batch: Batch, computed: _Computed) -> None:
        """Put the batch's pictures where they belong: with a vector, or failed."""
        self._tally.embedded += computed.n_computed
        for read in batch.reads:
            vector = computed.vectors.get(read.picture.content_hash)
            if vector is None and not read.task.pixels_wanted:
                continue  # Changed since it was recognised; the next scan sees it.
            if vector is None:
                batch.failed.append(ReadFailed(read.task, NOT_EMBEDDED, read.picture.content_hash))
            else:
                batch.embedded.append(Embedded(read, vector))
        self._tally.copied += len(batch.embedded) - computed.n_computed
        batch.reads.clear()
