"""A web server on this machine that answers with pictures, redirects and failures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Pictures(BaseHTTPRequestHandler):
    asked: list[str]
    picture: bytes

    def do_GET(self) -> None:
        self.asked.append(self.path)
        _, kind, *rest = self.path.partition("?")[0].split("/", 2)
        if kind == "hop":
            left, _, path = rest[0].partition("/")
            following = f"/hop/{int(left) - 1}/{path}" if int(left) > 1 else f"/{path}"
            self._answer(302, location=following)
        elif kind == "to":
            self._answer(301, location=rest[0])
        elif kind == "cut":
            self._answer(200, self.picture, length=len(self.picture) + 10)
        elif kind == "a.png":
            self._answer(200, self.picture)
        else:
            self._answer(404)

    def _answer(
        self, status: int, body: bytes = b"", *, location: str = "", length: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve_picture(picture: bytes, asked: list[str]) -> Iterator[int]:
    """Serve `/a.png`; gives the port.

    `/hop/N/PATH` redirects N times, `/to/URL` to anywhere, `/cut` ends early, all else is missing.

    Args:
        asked: the paths that are asked for are added to it.
    """
    handler = type("Handler", (_Pictures,), {"asked": asked, "picture": picture})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
