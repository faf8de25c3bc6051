"""One of several serving processes, from its start to its end.

What it needs is imported when it runs: unpickling its task must not take long.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import MutableSequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from api.processes.link import Message, SupervisorLink
from api.processes.processors import keep_to_share
from search.errors import SightlineError

if TYPE_CHECKING:
    from api.models import OpenEmbedder
    from search.settings import Settings

_log = logging.getLogger("sightline.processes")


@dataclass(frozen=True, slots=True)
class Task:
    """What each process is given.

    Attributes:
        settings: of the whole service.
        listeners: bound sockets that all processes share.
        n_open: open connections of each process, in memory that they share.
        counts_at: where requests are counted.
    """

    settings: Settings
    listeners: tuple[socket.socket, ...]
    n_open: MutableSequence[int]
    counts_at: str
    open_embedder: OpenEmbedder | None


def run_process(task: Task, number: int, pipe: Connection) -> None:
    """Serve as the process of this number until SIGTERM or SIGINT. Number 0 does the background
    work. Exits with 1 where it cannot start."""
    _end_in_order_only()
    if task.settings.pin_workers:
        keep_to_share(number, task.settings.workers)
    from api.serving import set_up_logs, share_memory

    set_up_logs()
    share_memory()
    try:
        _serve(task, number, SupervisorLink(pipe))
    except SightlineError as error:
        _log.error("%s %s", error.message, error.hint)
        sys.exit(1)


def _serve(task: Task, number: int, supervisor: SupervisorLink) -> None:
    from api.app import create_app
    from api.engine import Engine
    from api.processes.counts import SharedCounts
    from api.processes.server import SharingServer

    def tell_of_job() -> None:
        with suppress(OSError):  # whoever does the work looks by itself, too
            supervisor.tell(Message.JOB)

    engine = Engine.open(
        settings_of(task.settings, number),
        open_embedder=task.open_embedder,
        wake_elsewhere=tell_of_job if task.settings.background_worker else None,
    )
    try:
        supervisor.follow(on_job=engine.worker.wake if engine.worker else _nothing)
        engine.warm()
        app = create_app(engine, SharedCounts(task.counts_at))
        server = SharingServer(
            app,
            engine,
            task.listeners,
            task.n_open,
            number,
            on_listening=lambda: supervisor.tell(Message.LISTENING),
        )
        server.serve_until_stopped(sockets=())
    finally:
        engine.close()


def settings_of(settings: Settings, number: int) -> Settings:
    """The process's share: settings that mean the whole service are divided, rounded up."""
    shared = ("search_threads", "queue_size", "decode_workers")
    share = {name: -(-getattr(settings, name) // settings.workers) for name in shared}
    works = settings.background_worker and number == 0
    return settings.model_copy(update={**share, "background_worker": works})


def _nothing() -> None:
    """Of a process that does no background work, a job asks nothing."""


def _end_in_order_only() -> None:
    """Ctrl-C, which was held back while this process began, is left to the supervisor until there
    is a server that can end in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
