"""The API's description for people: one page, made here, that needs nothing from elsewhere."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.docs_page import render
from api.security.headers import PAGE_POLICY

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> Response:
    page = request.app.state.docs_page
    if page is None:
        page = request.app.state.docs_page = render(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/docs.css")
async def style() -> Response:
    headers = {"Cache-Control": "no-cache"}
    return Response(_style(), media_type="text/css; charset=utf-8", headers=headers)


@lru_cache(maxsize=1)
def _style() -> str:
    return (Path(__file__).parent.parent / "docs.css").read_text()
