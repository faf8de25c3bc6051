"""A pool of confined decoding processes.

    with DecodePool(preprocessing, limits, n_workers=4) as pool:
        for result in pool.read(tasks):
            ...

Each process has a thread here that feeds it, watches the clock and replaces it when it dies, so
pictures are decoded while the caller embeds. Results come as they are ready, not in order.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType

import numpy as np

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.supervisor import WorkerDiedError, WorkerProcess, WorkerStartError
from indexer.decoding.tasks import KnownContent, PictureRead, ReadFailed, ReadResult, ReadTask
from indexer.decoding.wire import Outcome
from indexer.decoding.worker import Job, WorkerSettings
from search.domain.space import Preprocessing

START_ATTEMPTS = 3
"""A process may be ended by the system before it is ready; only then is something wrong here."""

JOBS_AHEAD = 2
"""Jobs a process is given at once: the one it works on and the one it goes on with."""

_Answer = ReadResult | WorkerStartError


class DecodePool:
    """Decodes pictures in `n_workers` processes of their own.

    Args:
        look_ahead: most pictures that are decoded or in the making and not yet taken by the
            caller; more keep the processes busy while the caller is, and cost memory.
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        limits: DecodeLimits,
        n_workers: int,
        *,
        look_ahead: int = 128,
    ) -> None:
        self._settings = WorkerSettings(preprocessing, limits, os.getpid())
        self._look_ahead = max(look_ahead, JOBS_AHEAD * n_workers)
        self._tasks: queue.SimpleQueue[ReadTask | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._minders = [
            _Minder(self._settings, self._tasks, self._answers, name=f"decode-{n}")
            for n in range(n_workers)
        ]
        self._n_under_way = 0
        self._closed = False

    def __enter__(self) -> DecodePool:
        for minder in self._minders:
            minder.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, tasks: Iterable[ReadTask]) -> Iterator[ReadResult]:
        """Each task's result, as they become ready; `tasks` is drawn on by the caller's thread.

        An iteration that is left early leaves its pictures to be thrown away. One iteration at a
        time.

        Raises:
            WorkerStartError: no decoding process can be started.
        """
        self._throw_away()
        source = iter(tasks)
        exhausted = False
        while True:
            while not exhausted and self._n_under_way < self._look_ahead:
                task = next(source, None)
                if task is None:
                    exhausted = True
                else:
                    self._tasks.put(task)
                    self._n_under_way += 1
            if self._n_under_way == 0:
                return
            yield self._take()

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The processes alive now, to be watched."""
        return tuple(pid for minder in self._minders if (pid := minder.pid) is not None)

    def close(self) -> None:
        """End all processes; what they were working on is lost."""
        if self._closed:
            return
        self._closed = True
        for minder in self._minders:
            minder.stop()
        for _ in self._minders:
            self._tasks.put(None)
        for minder in self._minders:
            if minder.ident is not None:
                minder.join()

    def _take(self) -> ReadResult:
        answer = self._answers.get()
        self._n_under_way -= 1
        if isinstance(answer, WorkerStartError):
            raise answer
        return answer

    def _throw_away(self) -> None:
        while True:
            try:
                self._tasks.get_nowait()
            except queue.Empty:
                break
            self._n_under_way -= 1
        while self._n_under_way:
            self._answers.get()
            self._n_under_way -= 1


class _Minder(threading.Thread):
    """Owns one process at a time: feeds it from the queue of tasks, answers to the other."""

    def __init__(
        self,
        settings: WorkerSettings,
        tasks: queue.SimpleQueue[ReadTask | None],
        answers: queue.SimpleQueue[_Answer],
        name: str,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._settings = settings
        self._tasks = tasks
        self._answers = answers
        self._process: WorkerProcess | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None else None

    def stop(self) -> None:
        """Have the thread end after the job at hand, which is cut short."""
        self._stopping.set()
        with self._lock:
            if self._process is not None:
                self._process.interrupt()

    def run(self) -> None:
        under_way: deque[ReadTask] = deque()
        try:
            while not self._stopping.is_set():
                if not self._feed(under_way):
                    return
                self._collect(under_way)
        finally:
            self._drop_process()

    def _feed(self, under_way: deque[ReadTask]) -> bool:
        """Give the process work; waits for some only when it has none. False: no more comes."""
        while len(under_way) < JOBS_AHEAD:
            try:
                task = self._tasks.get(block=not under_way)
            except queue.Empty:
                return True
            if task is None or self._stopping.is_set():
                return False
            under_way.append(task)
            if self._process is not None:
                self._process.send(_job(task))
        return True

    def _collect(self, under_way: deque[ReadTask]) -> None:
        """Answer for the oldest task under way."""
        try:
            process = self._running_process(under_way)
            outcome = process.receive()
        except WorkerStartError as exc:
            self._answers.put(exc)
            under_way.popleft()
            return
        except WorkerDiedError as exc:
            self._drop_process()
            self._answers.put(ReadFailed(under_way.popleft(), exc.reason))
            return
        self._answers.put(_result(under_way.popleft(), outcome))
        if outcome.last:
            self._drop_process()

    def _running_process(self, under_way: deque[ReadTask]) -> WorkerProcess:
        """The process, started anew where there is none, with the tasks under way.

        Raises:
            WorkerStartError: it cannot be started, or is not wanted any more.
        """
        attempt = 0
        while self._process is None:
            attempt += 1
            process = WorkerProcess(self._settings)
            with self._lock:
                self._process = process
                if self._stopping.is_set():
                    process.interrupt()
            try:
                process.greet()
            except WorkerStartError:
                self._drop_process()
                if attempt == START_ATTEMPTS or self._stopping.is_set():
                    raise
            else:
                for task in under_way:
                    process.send(_job(task))
        return self._process

    def _drop_process(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()


def _job(task: ReadTask) -> Job:
    return Job(task.root_path, task.root_kind, task.path, task.known_hashes, task.pixels_wanted)


def _result(task: ReadTask, outcome: Outcome) -> ReadResult:
    if outcome.reason is not None:
        return ReadFailed(task, outcome.reason, outcome.content_hash)
    if outcome.content_hash is None:
        return ReadFailed(task, "The decoder gave no result.")
    if outcome.picture is None:
        return KnownContent(task, outcome.content_hash)
    pixels = np.frombuffer(outcome.pixels, np.uint8).reshape(outcome.shape)
    return PictureRead(task, outcome.picture, pixels)
