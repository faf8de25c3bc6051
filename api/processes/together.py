"""The service as several processes: what they share is made here, before the first is started."""

from __future__ import annotations

import logging
import multiprocessing
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from api.metrics import forget_gauges, share_figures
from api.models import OpenEmbedder
from api.processes.accepting import NOT_LISTENING
from api.processes.counts import offer_counts
from api.processes.process import Task
from api.processes.processors import share_threads
from api.processes.supervisor import Supervisor
from api.security.rates import Counts
from search.settings import Settings

_log = logging.getLogger("sightline.processes")


def serve_together(
    settings: Settings, listeners: Sequence[socket.socket], open_embedder: OpenEmbedder | None
) -> None:
    """Serve with `settings.workers` processes until SIGTERM or SIGINT.

    Args:
        listeners: bound sockets, which are closed at the end.
        open_embedder: importable by its name, since it goes to other processes.
    Raises:
        SightlineError: no process came to answer.
    """
    share_threads(settings.workers)
    for listener in listeners:
        host, port = listener.getsockname()[:2]
        _log.info("%d processes are to answer at %s, port %d.", settings.workers, host, port)
    try:
        with tempfile.TemporaryDirectory(prefix="sightline-") as folder:
            share_figures(Path(folder))
            counts_at = offer_counts(Counts(settings))
            n_open = multiprocessing.RawArray("i", [NOT_LISTENING] * settings.workers)
            task = Task(settings, tuple(listeners), n_open, counts_at, open_embedder)

            def bury(number: int, pid: int) -> None:
                n_open[number] = NOT_LISTENING
                forget_gauges(pid)

            Supervisor(task, settings.workers, on_death=bury).run()
    finally:
        for listener in listeners:
            listener.close()
