"""The page's files, with a strict policy: nothing inline, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.security.headers import PAGE_POLICY

PAGE = Path(__file__).parent / "page"

EMBEDDABLE = frozenset(
    {"embed.js", "embed-style.js", "dom.js", "justify.js", "patience.js", "pictures.js"}
)
"""What other sites' pages may load from here: the embedded search box and what it imports."""


class PageFiles(StaticFiles):
    """Files that are checked again each time, so that a new version is seen at once."""

    def __init__(self) -> None:
        super().__init__(directory=PAGE, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        response.headers["Cache-Control"] = "no-cache"
        if path in EMBEDDABLE:
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response
