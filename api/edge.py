"""The outermost layer: a request's id, its log line, its metrics, the headers of its answer.

Nothing leaves without them, and a fault becomes an answer here.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CODE_HEADER, error_response
from api.metrics import Metrics
from api.security.headers import DATA_POLICY, SECURITY_HEADERS

access_log = logging.getLogger("sightline.access")
_log = logging.getLogger("sightline.api")

_SENT_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_OUTSIDE = "outside"


class Edge:
    """Wraps the app; pure ASGI, so bodies and disconnections pass through untouched."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, _request_id(scope))
        scope.setdefault("state", {})["request_id"] = answer.request_id
        started = time.perf_counter()
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            _log.error("%s: a fault at %s", answer.request_id, scope["path"], exc_info=error)
            if answer.status is None:
                await _fault()(scope, receive, answer.send)
        finally:
            self._record(scope, answer, time.perf_counter() - started)

    def _record(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", _OUTSIDE)
        status = answer.status or 499
        method = scope["method"] if route != _OUTSIDE else "-"
        self._metrics.requests.labels(route, method, status).observe(seconds)
        if answer.code:
            self._metrics.errors.labels(answer.code).inc()
        if access_log.isEnabledFor(logging.INFO):
            client = scope.get("client")
            line = {
                "at": round(time.time(), 3),
                "id": answer.request_id,
                "method": scope["method"],
                "path": scope["path"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "bytes": answer.n_bytes,
                "caller": scope.get("state", {}).get("caller", ""),
                "address": client[0] if client else "",
            }
            access_log.info("%s", json.dumps(line))


class _Answer:
    """Sends an answer on with its headers, and remembers what it was."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status: int | None = None
        self.code = ""
        self.n_bytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.code = _code(message)
            message["headers"] = self._complete(list(message.get("headers", [])))
        elif message["type"] == "http.response.body":
            self.n_bytes += len(message.get("body", b""))
        await self._send(message)

    def _complete(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = {name.lower() for name, _ in headers}
        wanted = [
            (b"x-request-id", self.request_id.encode()),
            (b"content-security-policy", DATA_POLICY.encode()),
            (b"cache-control", b"no-store"),
            (b"cross-origin-resource-policy", b"same-origin"),
            *SECURITY_HEADERS,
        ]
        return headers + [(name, value) for name, value in wanted if name not in present]


def _code(message: Message) -> str:
    """The machine word of a refusal; it leaves in a header of our own, which goes no further."""
    kept = [(name, value) for name, value in message["headers"] if name != CODE_HEADER]
    code = next((value.decode() for name, value in message["headers"] if name == CODE_HEADER), "")
    message["headers"] = kept
    return code


def _request_id(scope: Scope) -> str:
    """The id that a proxy gave, where it is a plain one, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and (sent := _SENT_ID.fullmatch(str(value, "latin-1"))):
            return sent[0]
    return secrets.token_hex(8)


def _fault() -> ASGIApp:
    return error_response(
        500,
        "The service failed at this request.",
        "internal",
        "The log has the details, under the request's id.",
    )
