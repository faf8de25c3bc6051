"""Takes connections from sockets that several processes share, so that none has many more."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, MutableSequence, Sequence
from typing import Any

NOT_LISTENING = -1
"""The number of connections of a process that takes none."""

LEAVES_ALONE_S = 0.002
"""Seconds for which a process leaves a connection to those that have fewer."""

_BACKLOG = 2048
_AGAIN_AFTER_S = 1.0  # where there are too many open files

_log = logging.getLogger("sightline.processes")


class Accepting:
    """Takes connections while it is open; belongs to one event loop.

    All processes notice a connection that waits. Left to themselves the first that is awake would
    take a burst, or all that come while it happens to be the quickest.

    Args:
        listeners: bound sockets, which are closed with it.
        n_open: counts this process's open connections.
        shared: the open connections of every process, of which this one writes its own.
        number: this process's place in `shared`.
        serve: takes over a connection.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        n_open: Callable[[], int],
        shared: MutableSequence[int],
        number: int,
        serve: Callable[[socket.socket], Coroutine[Any, Any, object]],
    ) -> None:
        self._listeners = list(listeners)
        self._n_open = n_open
        self._shared = shared
        self._number = number
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[object]] = set()
        self._closed = False
        for listener in self._listeners:
            listener.setblocking(False)
            listener.listen(_BACKLOG)
            self._watch(listener)
        self.tell()

    def tell(self) -> None:
        """Tell the other processes how many connections this one has now."""
        if not self._closed:
            self._shared[self._number] = self._n_open() + len(self._beginning)

    def close(self) -> None:
        """Take no more."""
        self._closed = True
        self._shared[self._number] = NOT_LISTENING
        for listener in self._listeners:
            self._loop.remove_reader(listener)
            listener.close()

    async def wait_closed(self) -> None:
        """As of `asyncio.Server`; there is nothing to wait for."""

    def _watch(self, listener: socket.socket) -> None:
        if not self._closed:
            self._loop.add_reader(listener, self._look, listener)

    def _look(self, listener: socket.socket) -> None:
        self.tell()
        others = [n for n in self._shared if n != NOT_LISTENING]
        if self._shared[self._number] > min(others):
            self._pause(listener, LEAVES_ALONE_S, self._take)
        else:
            self._take(listener)

    def _pause(
        self,
        listener: socket.socket,
        seconds: float,
        then: Callable[[socket.socket], None] | None = None,
    ) -> None:
        def go_on() -> None:
            self._watch(listener)
            if then is not None and not self._closed:
                then(listener)

        self._loop.remove_reader(listener)
        self._loop.call_later(seconds, go_on)

    def _take(self, listener: socket.socket) -> None:
        """Take one connection, if it still waits."""
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            _log.error("No connection can be taken: %s", error.strerror)
            self._pause(listener, _AGAIN_AFTER_S)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._serve(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)
        self.tell()
