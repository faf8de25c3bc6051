"""Work off the event loop: threads with a bounded queue, given up when nobody waits for it.

A route hands its work to `Admission.run`, which refuses it when too much waits already, and
cancels it when the client goes away. Work that has begun is told through its `Job`.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from starlette.requests import Request

from search.errors import TooBusyError

T = TypeVar("T")


class ClientGoneError(Exception):
    """The client hung up before its answer was ready; nobody reads what is answered."""


class Job:
    """One piece of work, so that what it waits for can be called off."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cancelled = False
        self._callbacks: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call back when cancelled, at once if that has happened already."""
        with self._lock:
            if not self._cancelled:
                self._callbacks.append(callback)
                return
        callback()


_current: contextvars.ContextVar[Job | None] = contextvars.ContextVar("job", default=None)


def current_job() -> Job | None:
    """The job that the calling thread works on, None outside of any."""
    return _current.get()


class Admission:
    """A pool of threads with a bounded queue.

    Args:
        n_threads: pieces of work done at the same time.
        most_waiting: pieces that may wait besides; one more raises TooBusyError.
    """

    def __init__(self, name: str, n_threads: int, most_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(n_threads, thread_name_prefix=f"sightline-{name}")
        self._most = n_threads + most_waiting
        self._n_admitted = 0
        self._counting = Lock()

    @property
    def n_admitted(self) -> int:
        """Pieces of work being done or waiting now."""
        return self._n_admitted

    async def run(self, request: Request | None, work: Callable[..., T], *args: object) -> T:
        """The result of `work(*args)` in a thread.

        Args:
            request: its client's going away calls the work off; None waits to the end.
        Raises:
            TooBusyError: the queue is full.
            ClientGoneError: the client has gone.
        """
        job = Job()
        future = asyncio.wrap_future(self._submit(job, partial(work, *args)))
        if request is None:
            return await future
        gone = asyncio.ensure_future(_disconnected(request))
        either: set[asyncio.Future[Any]] = {future, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not future.done():
                raise ClientGoneError
            return future.result()
        finally:
            gone.cancel()
            if not future.done():
                job.cancel()
                future.cancel()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have `work` done by one of the threads, for callers that are not on the event loop."""
        return self._submit(Job(), work)

    def close(self) -> None:
        """Do what has been begun, drop the rest."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, job: Job, work: Callable[[], T]) -> Future[T]:
        with self._counting:
            if self._n_admitted >= self._most:
                raise TooBusyError(
                    "The service has more requests than it can take just now.",
                    hint="Try again in a second.",
                )
            self._n_admitted += 1
        try:
            future = self._pool.submit(_as_job, job, work)
        except RuntimeError:  # shut down
            self._leave()
            raise TooBusyError("The service is stopping.", hint="Try again in a moment.") from None
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _: object = None) -> None:
        with self._counting:
            self._n_admitted -= 1


def _as_job(job: Job, work: Callable[[], T]) -> T:
    token = _current.set(job)
    try:
        return work()
    finally:
        _current.reset(token)


async def _disconnected(request: Request) -> None:
    """Return when the client hangs up; its body has been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
