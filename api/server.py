"""uvicorn's server, which tells the engine at once when it is asked to stop."""

from __future__ import annotations

from types import FrameType

import uvicorn

from api.engine import Engine


class Server(uvicorn.Server):
    """Streams of events then end by themselves; uvicorn would wait for them and cut them off."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._engine.stopping = True
        super().handle_exit(sig, frame)
