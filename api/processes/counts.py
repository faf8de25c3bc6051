"""Requests counted in one process for all of a service, so that limits hold for all together."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from multiprocessing.managers import BaseManager
from typing import Any

from api.security.rates import Counting, Counts, Kind

_log = logging.getLogger("sightline.processes")


def offer_counts(counts: Counts) -> str:
    """Answer this process's children from a thread; returns the address to ask at."""

    class Offer(BaseManager):
        pass

    Offer.register("counts", callable=lambda: counts)
    server = Offer(authkey=_password()).get_server()
    threading.Thread(target=server.serve_forever, name="sightline-counts", daemon=True).start()
    return str(server.address)


class _Ask(BaseManager):
    pass


_Ask.register("counts")


class SharedCounts(Counting):
    """The parent's counts; asking takes a message there and back.

    Nothing is limited any more where the parent is gone: then this process ends, too.
    """

    def __init__(self, address: str) -> None:
        manager = _Ask(address, _password())
        manager.connect()
        self._counts: Any = manager.counts()  # type: ignore[attr-defined]

    def wait_s(self, kind: Kind, who: str) -> int | None:
        """See `Counting`."""
        try:
            wait_s: int | None = self._counts.wait_s(kind, who)
        except (EOFError, OSError) as error:
            _log.warning("Requests cannot be counted: %r.", error)
            return None
        return wait_s


def _password() -> bytes:
    """Random, and inherited by children."""
    return bytes(multiprocessing.current_process().authkey)
