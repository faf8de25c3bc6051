"""Answers HEAD wherever GET is answered, and says which methods a route takes.

The page stands at `/` and would otherwise answer for every route that lacks the method asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import method_refused


class Methods:
    """Stands before the routes of `routers`."""

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter]) -> None:
        self._app = app
        self._routes = [
            (route.path_regex, frozenset(route.methods or ()))
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = self._taken(scope["path"]) if scope["type"] == "http" else set()
        if not taken or scope["method"] in taken:
            await self._app(scope, receive, send)
        elif scope["method"] == "HEAD" and "GET" in taken:
            await self._head(scope, receive, send)
        else:
            allowed = taken | ({"HEAD"} if "GET" in taken else set())
            refused = method_refused(scope["path"], scope["method"], allowed)
            await refused(scope, receive, send)

    def _taken(self, path: str) -> set[str]:
        return {method for regex, taken in self._routes if regex.match(path) for method in taken}

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What GET answers; the server leaves the body out, since it was asked for the head."""
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send)
        finally:
            scope["route"] = asked.get("route")
