"""uvicorn's server around an engine: told at once when it is asked to stop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from api.engine import Engine

GRACE_S = 10
"""Seconds that requests have to finish when the service is asked to stop."""

_REFRESH_S = 1
"""Seconds between two looks at what figures tell of this process."""


class Server(uvicorn.Server):
    """Streams of events then end by themselves; uvicorn would wait for them and cut them off."""

    def __init__(
        self, app: ASGIApp, engine: Engine, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        async def refresh() -> None:
            engine.measure()

        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=30,
            h11_max_incomplete_event_size=32 * 1024,
            callback_notify=refresh,
            timeout_notify=_REFRESH_S,
        )
        super().__init__(config)
        self._engine = engine

    def serve_until_stopped(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """Serve until SIGTERM or SIGINT, at the address or with sockets that are bound already."""
        # While it runs the server has the same handlers; afterwards it raises the signal again,
        # which must not cut short what is left to close.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        self.run(None if sockets is None else list(sockets))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._engine.stopping = True
        super().handle_exit(sig, frame)
