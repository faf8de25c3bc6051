"""Lets a request through or refuses it, before its route does anything."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.security.callers import Caller
from api.security.guard import COOKIE, Guard
from search.domain.service import Scope

_bearer = HTTPBearer(auto_error=False, description="A key that `sightline keys create` printed.")
_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, description="What `POST /v1/session` gave for a key."
)


class Needs:
    """A dependency: the caller, who has the scope in the gallery of the path."""

    def __init__(self, scope: Scope, *, picture: bool = False) -> None:
        self._scope = scope
        self._picture = picture

    async def __call__(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        cookie: Annotated[str | None, Depends(_cookie)],
    ) -> Caller:
        guard: Guard = request.app.state.guard
        gallery = request.path_params.get("gallery")
        return await guard.admit(request, self._scope, gallery, picture=self._picture)
