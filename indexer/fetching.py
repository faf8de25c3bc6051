"""Pictures by URL: only from hosts that an administrator allows, never from private addresses.

A name is resolved once and the connection goes to the address that was checked, so that a second
answer of the name server cannot lead elsewhere. Every redirect is checked like the first address.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from search.errors import PictureError, PictureTooLargeError, UsageError
from search.settings import Settings

ANY_HOST = "*"
MOST_REDIRECTS = 5
TIMEOUT_S = 20.0

_AT_ONCE = 2**16
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"User-Agent": "sightline", "Accept": "image/*", "Accept-Encoding": "identity"}


def is_url(text: str) -> bool:
    """Whether a person means an address on the web, and no file."""
    return text.lower().startswith(("http://", "https://"))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if mapped is not None and not is_public(str(mapped)):
        return False
    return found.is_global and not found.is_multicast


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pictures.

    Args:
        hosts: names that may be asked; `*` is any. Empty forbids all.
        limit_bytes: longest body that is read.
        may_connect: whether an IP address may be connected to.
        timeout_s: for the whole picture, redirects included.
    """

    hosts: Sequence[str]
    limit_bytes: int
    may_connect: Callable[[str], bool] = is_public
    timeout_s: float = TIMEOUT_S

    @classmethod
    def from_settings(cls, settings: Settings) -> Fetcher:
        return cls(settings.url_hosts, settings.limit_bytes)

    def fetch(self, url: str) -> bytes:
        """A picture's bytes.

        Raises:
            UsageError: nobody allowed to fetch from there, or it is no web address.
            PictureError: it cannot be had.
            PictureTooLargeError: it is longer than the limit.
        """
        until = time.monotonic() + self.timeout_s
        parts = self._checked(url)
        for _ in range(MOST_REDIRECTS + 1):
            try:
                found = self._ask(parts, until)
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = str(error) or type(error).__name__
                raise PictureError(f"{parts.hostname} does not answer: {reason}.") from error
            if isinstance(found, bytes):
                return found
            url = urljoin(url, found)
            try:
                parts = self._checked(url)
            except UsageError as error:
                raise PictureError(f"The address leads elsewhere. {error.message}") from error
        raise PictureError("The address leads on and on.", hint="Give the picture's own address.")

    def _checked(self, url: str) -> SplitResult:
        """The parts of an address that may be asked; its host is still a name."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UsageError(f"{url} is no web address.") from error
        if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
            raise UsageError(f"{url} is no web address.", hint="Give one like https://host/a.jpg")
        if port not in (None, 80, 443) and ANY_HOST in self.hosts:
            raise UsageError(
                f"The port {port} is not asked for pictures.", hint="Allow the host by its name."
            )
        host = parts.hostname.lower().rstrip(".")
        if ANY_HOST not in self.hosts and host not in {one.lower() for one in self.hosts}:
            raise UsageError(
                f"No picture may be fetched from {host}.",
                hint='An administrator allows hosts: SIGHTLINE_URL_HOSTS=["host"], or ["*"] for '
                "all public ones.",
            )
        return parts

    def _ask(self, parts: SplitResult, until: float) -> bytes | str:
        """The body, or where a redirect leads."""
        connection = self._connection(parts, until)
        try:
            path = parts.path or "/"
            target = f"{path}?{parts.query}" if parts.query else path
            connection.request("GET", target, headers=_HEADERS)
            response = connection.getresponse()
            location = response.headers.get("Location", "")
            if response.status in _REDIRECTS and location:
                return str(location)
            if response.status != http.client.OK:
                raise PictureError(f"{parts.hostname} answers {response.status} {response.reason}.")
            return self._body(response, until)
        finally:
            connection.close()

    def _body(self, response: http.client.HTTPResponse, until: float) -> bytes:
        read: list[bytes] = []
        n_bytes = 0
        while block := response.read(_AT_ONCE):
            n_bytes += len(block)
            if n_bytes > self.limit_bytes:
                raise PictureTooLargeError(
                    f"The picture has more than {self.limit_bytes} bytes.",
                    hint="An administrator sets SIGHTLINE_LIMIT_BYTES.",
                )
            if time.monotonic() > until:
                raise TimeoutError(f"it took longer than {self.timeout_s:g} s")
            read.append(block)
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(read)

    def _connection(self, parts: SplitResult, until: float) -> http.client.HTTPConnection:
        """Connected to an address of the host that was checked."""
        host = str(parts.hostname)
        port = parts.port or _PORTS[parts.scheme]
        left_s = max(0.1, until - time.monotonic())
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(place[4][0]) for place in places))
        if not all(self.may_connect(one) for one in addresses):
            raise PictureError(
                f"{host} leads to no public address.", hint="Save the picture to a file first."
            )
        stream = _connected(addresses, port, left_s)
        connection = http.client.HTTPConnection(host, port, timeout=left_s)
        if parts.scheme == "https":
            stream = ssl.create_default_context().wrap_socket(stream, server_hostname=host)
        connection.sock = stream
        return connection


def _connected(addresses: Sequence[str], port: int, timeout_s: float) -> socket.socket:
    """A connection to the first of the addresses that takes one."""
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, port), timeout=timeout_s)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), timeout=timeout_s)
