"""Where the service listens: which addresses are this machine's, and which are free."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from typing import Any

from search.errors import UsageError


def is_loopback(host: str) -> bool:
    """Whether the address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_free(host: str, port: int) -> None:
    """Raises UsageError where the service could not listen, before any model is loaded."""
    for listener in bound(host, port):
        listener.close()


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets at every address of the host, which do not listen yet.

    Raises:
        UsageError: there is no such address, or it is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise UsageError(
            f"There is no address {host}.", hint="Give --host one of this machine's addresses."
        ) from error
    listeners: list[socket.socket] = []
    refusals: list[OSError] = []
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            listeners.append(_bound_at(family, address))
        except OSError as error:
            refusals.append(error)
    taken = [one for one in refusals if one.errno in (errno.EADDRINUSE, errno.EACCES)]
    if listeners and not taken:
        return listeners
    for listener in listeners:
        listener.close()
    reason = (taken or refusals)[0].strerror
    raise UsageError(
        f"The service cannot listen at {host}, port {port}: {reason}.",
        hint="Stop what listens there, or choose another port: sightline serve --port 8001",
    )


def _bound_at(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    # asyncio sends small answers at once only where a socket's protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would allow two
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener
