"""The server of one of several processes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, MutableSequence, Sequence
from typing import Any, cast

from starlette.types import ASGIApp

from api.engine import Engine
from api.processes.accepting import Accepting
from api.server import Server


class SharingServer(Server):
    """Takes its share of the connections, where uvicorn takes all that it can get.

    Args:
        listeners, shared, number: as of `Accepting`.
    """

    def __init__(
        self,
        app: ASGIApp,
        engine: Engine,
        listeners: Sequence[socket.socket],
        shared: MutableSequence[int],
        number: int,
        on_listening: Callable[[], None],
    ) -> None:
        super().__init__(app, engine)
        self._listeners = listeners
        self._shared = shared
        self._number = number
        self._on_listening = on_listening
        self._accepting: Accepting | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._accepting = Accepting(
            self._listeners,
            lambda: len(self.server_state.connections),
            self._shared,
            self._number,
            self._serve_connection,
        )
        self.servers.append(cast(Any, self._accepting))  # closed as uvicorn closes its own
        self._on_listening()

    async def on_tick(self, counter: int) -> bool:
        if self._accepting is not None:
            self._accepting.tell()  # connections have been closed meanwhile, perhaps
        return await super().on_tick(counter)

    async def _serve_connection(self, connection: socket.socket) -> None:
        def protocol() -> asyncio.Protocol:
            make = cast(Any, self.config.http_protocol_class)
            made: asyncio.Protocol = make(
                config=self.config, server_state=self.server_state, app_state=self.lifespan.state
            )
            return made

        await asyncio.get_running_loop().connect_accepted_socket(protocol, connection)
