"""The pipe between the supervisor and one serving process."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from multiprocessing.connection import Connection

ENDS_WITHIN_S = 25.0
"""Seconds that a process has from the signal to its end; then it is killed."""

_log = logging.getLogger("sightline.processes")


class Message(Enum):
    """What the two tell each other."""

    LISTENING = auto()  # from a process: it answers now
    JOB = auto()  # from a process, and on to the one that does the background work


class SupervisorLink:
    """The supervisor, as a serving process sees it. Safe to use from several threads.

    The process is asked to end when the supervisor is gone.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sending = threading.Lock()

    def tell(self, message: Message) -> None:
        """Raises OSError where the supervisor is gone."""
        with self._sending:
            self._pipe.send(message)

    def follow(self, on_job: Callable[[], None]) -> None:
        """Listen from now on, in a thread of its own."""
        thread = threading.Thread(
            target=self._follow, args=(on_job,), name="sightline-supervisor", daemon=True
        )
        thread.start()

    def _follow(self, on_job: Callable[[], None]) -> None:
        while self._is_told():
            on_job()
        _log.warning("The supervisor is gone: process %d ends.", os.getpid())
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ENDS_WITHIN_S)
        os._exit(1)

    def _is_told(self) -> bool:
        try:
            self._pipe.recv()
        except (EOFError, OSError):
            return False
        return True
