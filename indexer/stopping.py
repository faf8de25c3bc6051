"""Leaving in an orderly way: the first Ctrl-C or SIGTERM asks, the second insists."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Set when somebody wants the run to end after what it is committing."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._is_at_once = False

    def ask(self) -> None:
        self._event.set()

    @property
    def event(self) -> threading.Event:
        """Set once the stop was asked for, for those who wait on events."""
        return self._event

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until asked, at most so long; returns whether it was."""
        return self._event.wait(timeout_s)

    @property
    def is_at_once(self) -> bool:
        """Whether a signal should raise there and then."""
        return self._is_at_once

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """While the block runs the first signal insists: it takes long, and nothing is lost by
        leaving it, as where a model is fetched and loaded."""
        self.leave_if_asked()
        self._is_at_once = True
        try:
            yield
        finally:
            self._is_at_once = False
        self.leave_if_asked()

    def leave_if_asked(self) -> None:
        """Raises KeyboardInterrupt when the run should end; called between two commits."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def stopping_on_signals(stop: StopRequest) -> Iterator[StopRequest]:
    """Turn SIGINT and SIGTERM into a request while the block runs, in the main thread only.

    A second signal raises KeyboardInterrupt at once, as does the first inside `at_once`.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        insists = stop.asked or stop.is_at_once
        stop.ask()
        if insists:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
