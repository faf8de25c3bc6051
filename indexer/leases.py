"""Keeps a lease alive while long work goes on, and tells when it was lost."""

from __future__ import annotations

import os
import secrets
import socket
from threading import Event, Thread
from types import TracebackType

from search.domain.gallery import Lease
from search.errors import ConflictError, SightlineError
from search.ports.catalogue import Catalogue


def new_holder() -> str:
    """A name that no other holder has: machine, process and something random."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class LeaseKeeper:
    """Renews a lease from a thread of its own until the block ends, then gives it back."""

    def __init__(self, catalogue: Catalogue, lease: Lease, lease_s: float) -> None:
        self.lease = lease
        self._catalogue = catalogue
        self._lease_s = lease_s
        self._lost: ConflictError | None = None
        self._ended = Event()
        self._thread = Thread(target=self._renew, name=f"lease {lease.name}", daemon=True)

    def is_lost(self) -> bool:
        """Whether another holder has taken over, asked of the database now."""
        if self._lost is None:
            try:
                self.lease = self._catalogue.renew_lease(self.lease, self._lease_s)
            except ConflictError as error:
                self._lost = error
        return self._lost is not None

    def check(self) -> None:
        """Raise ConflictError where another holder has taken over."""
        if self._lost is not None:
            raise self._lost

    def _renew(self) -> None:
        while not self._ended.wait(self._lease_s / 3):
            try:
                self.lease = self._catalogue.renew_lease(self.lease, self._lease_s)
            except ConflictError as error:
                self._lost = error
                return
            except SightlineError:
                continue  # A busy database: the lease lasts for two more tries.

    def __enter__(self) -> LeaseKeeper:
        self._thread.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._catalogue.release_lease(self.lease)
