"""Bodies may be only so long and so slow: a client that hangs holds nothing for ever."""

from __future__ import annotations

import asyncio
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import response_of
from search.errors import RequestTimeoutError, RequestTooLargeError
from search.settings import Settings


class BodyLimits:
    """Refuses bodies beyond the limits while they arrive."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limit_bytes = settings.upload_limit_bytes
        self._timeout_s = settings.upload_timeout_s
        self._idle_s = settings.upload_idle_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit_bytes:
            await response_of(self._too_large())(scope, receive, send)
            return
        await self._app(scope, _Arriving(self, receive).receive, send)

    def _too_large(self) -> RequestTooLargeError:
        return RequestTooLargeError(
            f"The body is longer than the {self._limit_bytes / 2**20:g} MiB allowed.",
            hint="Send a smaller picture, or fewer at once.",
        )


class _Arriving:
    """One request's body, counted and timed until it is complete."""

    def __init__(self, limits: BodyLimits, receive: Receive) -> None:
        self._limits = limits
        self._receive = receive
        self._complete = False
        self._n_bytes = 0
        self._deadline = time.monotonic() + limits._timeout_s

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        left_s = self._deadline - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(left_s, self._limits._idle_s))):
                message = await self._receive()
        except TimeoutError:
            self._complete = True
            raise RequestTimeoutError(
                "The body came too slowly.", hint="Send it again over a better connection."
            ) from None
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._n_bytes > self._limits._limit_bytes:
                self._complete = True
                raise self._limits._too_large()
        return message
