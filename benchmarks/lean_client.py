"""An HTTP client that takes next to nothing of the processors it shares with what it measures."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from urllib.parse import urlsplit

_CONTENT_LENGTH = b"content-length:"


def get(target: str) -> bytes:
    """A request for a path with its query."""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode()


def post(path: str, body: object) -> bytes:
    """A request that sends a body as JSON."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class Connection:
    """One connection, opened when first needed and again where the server closes it.

    Understands answers that tell their length, as those of an API do.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname, parts.port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> bytes:
        """The answer's body.

        Raises:
            RuntimeError: any status but 200.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if head.split(b" ", 2)[1] != b"200":
            raise RuntimeError(head.decode(errors="replace"))
        start = head.index(_CONTENT_LENGTH) + len(_CONTENT_LENGTH)
        body = await reader.readexactly(int(head[start : head.index(b"\r\n", start)]))
        if head.startswith(b"http/1.0") or b"connection: close" in head:
            self._close()
        return body

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None

    async def __aenter__(self) -> Connection:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
