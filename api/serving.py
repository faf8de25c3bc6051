"""Runs the app with uvicorn until it is asked to stop, then lets requests finish."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys

from api.app import create_app
from api.background import Worker
from api.engine import Engine
from api.listening import bound, is_loopback, require_free
from api.models import Models, OpenEmbedder
from indexer.workshop import opener_from
from search.bootstrap import open_catalogue
from search.errors import UsageError
from search.settings import Settings

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2


def serve(
    settings: Settings, *, host: str, port: int, open_embedder: OpenEmbedder | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, with as many processes as the settings say.

    Raises:
        UsageError: an address that cannot be listened at, or one beyond this machine, and no key
            to ask for.
    """
    set_up_logs()
    share_processors()
    if not is_loopback(host):
        settings = settings.model_copy(update={"api_keys_required": True})
    if settings.workers > 1:
        _serve_together(settings, host, port, open_embedder)
    else:
        _serve_alone(settings, host, port, open_embedder)


def _serve_alone(
    settings: Settings, host: str, port: int, open_embedder: OpenEmbedder | None
) -> None:
    from api.server import Server

    engine = Engine.open(settings, open_embedder=open_embedder)
    try:
        require_keys(host, bool(engine.catalogue.key_store.live_keys()))
        require_free(host, port)
        Server(create_app(engine), engine, host=host, port=port).serve_until_stopped()
    finally:
        engine.close()


def _serve_together(
    settings: Settings, host: str, port: int, open_embedder: OpenEmbedder | None
) -> None:
    from api.processes.together import serve_together

    settings.home.mkdir(parents=True, exist_ok=True)
    catalogue = open_catalogue(settings)
    try:
        require_keys(host, bool(catalogue.key_store.live_keys()))
    finally:
        catalogue.close()
    serve_together(settings, bound(host, port), open_embedder)


def work(settings: Settings) -> None:
    """Work jobs off until SIGTERM or SIGINT, apart from the processes that serve."""
    set_up_logs()
    share_processors()
    catalogue = open_catalogue(settings)
    models = Models(opener_from(settings), most_waiting=settings.queue_size)
    worker = Worker(settings, catalogue, models.for_indexing)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: worker.ask_to_stop())
    try:
        worker.run_until_stopped()
    finally:
        models.close()
        catalogue.close()


def require_keys(host: str, has_keys: bool) -> None:
    """Raises UsageError where the service would be open to other machines without a key."""
    if not is_loopback(host) and not has_keys:
        raise UsageError(
            f"Listening at {host} opens the galleries to other machines, and there is no key yet.",
            hint="Make one first: sightline keys create --name me --scope admin",
        )


def share_processors() -> None:
    """Have threads that wait for each other sleep instead of spin; before torch is loaded.

    OpenMP's threads spin while they wait for the last of their team, which on processors that
    others use too takes those from the very one that is waited for: embedding a text on two busy
    processors took 152 ms spinning and 8 ms sleeping.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    share_memory()


def share_memory() -> None:
    """Have threads allocate from two pools instead of eight for each processor.

    glibc gives each thread a pool of its own, which keeps the most that the thread has ever used
    at once: with some thirty threads the service grew for half a minute under load. Elsewhere, and
    where the environment says otherwise, nothing happens.
    """
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def set_up_logs() -> None:
    """Access lines as they are, on stderr; everything else with its level."""
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("sightline.access")
    access.handlers, access.propagate = [plain], False
    access.setLevel(logging.INFO)
    for talkative in ("alembic", "faiss.loader"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
