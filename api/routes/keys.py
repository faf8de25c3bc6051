"""Keys: made, listed, revoked; and the cookie that stands for one."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from api.dependencies import EngineDep
from api.engine import Engine
from api.errors import refusals
from api.schemas.keys import KeyBody, KeyList, MadeKey, NewKeyBody, Session, SignIn
from api.security.access import Needs
from api.security.callers import Caller
from api.security.guard import COOKIE, Guard
from api.security.secrets import digest, new_key, new_token
from search.domain.service import ApiKey, Scope
from search.errors import NotFoundError, UnauthorizedError

router = APIRouter(prefix="/v1", tags=["keys"])

Administering = Annotated[Caller, Depends(Needs(Scope.ADMIN))]


@router.get("/keys", summary="All keys, revoked ones too", responses=refusals())
async def keys(request: Request, engine: EngineDep, caller: Administering) -> KeyList:
    return await engine.searches.run(request, partial(_listed, engine))


@router.post("/keys", summary="Make a key", status_code=201, responses=refusals(400, 404))
async def create(
    request: Request, engine: EngineDep, caller: Administering, body: NewKeyBody
) -> MadeKey:
    """The secret is shown this once. From the first key on, every request needs one."""
    made = await engine.searches.run(None, partial(_create, engine, body))
    request.app.state.key_ring.forget()
    return made


@router.delete("/keys/{key}", summary="Revoke a key", responses=refusals(404))
async def revoke(
    request: Request,
    engine: EngineDep,
    caller: Administering,
    key: Annotated[int, Path(ge=1, le=2**63 - 1, description="The key's number.")],
) -> KeyBody:
    """It is refused from now on, and its sessions end."""
    revoked = await engine.searches.run(None, partial(_revoke, engine, key))
    request.app.state.key_ring.forget()
    return revoked


@router.get("/session", summary="Who the service takes you for", responses=refusals())
async def session(request: Request, engine: EngineDep) -> Session:
    guard: Guard = request.app.state.guard
    try:
        key, asked_for = await guard.who(request)
    except UnauthorizedError:
        key, asked_for = None, True
    scopes = sorted(key.scopes) if key else ([] if asked_for else sorted(Scope))
    return Session(
        signed_in=key is not None,
        keys_required=asked_for,
        name=key.name if key else "",
        scopes=sorted(Scope) if Scope.ADMIN in scopes else scopes,
        anonymous_galleries=list(engine.settings.anonymous_galleries),
    )


@router.post("/session", summary="Sign in with a key", responses=refusals())
async def sign_in(request: Request, response: Response, engine: EngineDep, body: SignIn) -> Session:
    """Sets a cookie that scripts cannot read and other sites cannot send."""
    guard: Guard = request.app.state.guard
    key = await guard.key_to_sign_in(request, body.key)
    token, lasts_s = new_token(), engine.settings.session_hours * 3600
    store = engine.catalogue.key_store
    await engine.searches.run(None, partial(store.create_session, digest(token), key.id, lasts_s))
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(lasts_s),
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )
    scopes = sorted(Scope) if Scope.ADMIN in key.scopes else sorted(key.scopes)
    return Session(
        signed_in=True,
        keys_required=True,
        name=key.name,
        scopes=scopes,
        anonymous_galleries=list(engine.settings.anonymous_galleries),
    )


@router.delete("/session", summary="Sign out", status_code=204, responses=refusals())
async def sign_out(request: Request, engine: EngineDep) -> Response:
    token = request.cookies.get(COOKIE, "")
    if token:
        store = engine.catalogue.key_store
        await engine.searches.run(None, partial(store.end_session, digest(token)))
        request.app.state.key_ring.forget()
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _create(engine: Engine, body: NewKeyBody) -> MadeKey:
    names = _gallery_names(engine)
    ids: list[int] | None = None
    if body.galleries is not None:
        by_name = {name: gallery_id for gallery_id, name in names.items()}
        unknown = [name for name in body.galleries if name not in by_name]
        if unknown:
            raise NotFoundError(f"There is no gallery {unknown[0][:100]!r}.", hint="Look at them.")
        ids = [by_name[name] for name in body.galleries]
    secret, key = new_key(body.name, body.scopes, gallery_ids=ids, origin=body.origin)
    made = engine.catalogue.key_store.create_key(key)
    return MadeKey(**_shown(made, names).model_dump(), secret=secret)


def _listed(engine: Engine) -> KeyList:
    names = _gallery_names(engine)
    return KeyList(keys=[_shown(key, names) for key in engine.catalogue.key_store.all_keys()])


def _revoke(engine: Engine, key_id: int) -> KeyBody:
    return _shown(engine.catalogue.key_store.revoke_key(key_id), _gallery_names(engine))


def _gallery_names(engine: Engine) -> dict[int, str]:
    with engine.catalogue.reading() as snapshot:
        return {gallery.id: gallery.name for gallery in snapshot.galleries()}


def _shown(key: ApiKey, names: dict[int, str]) -> KeyBody:
    galleries = None
    if key.gallery_ids is not None:
        galleries = sorted(names.get(one, f"deleted {one}") for one in key.gallery_ids)
    return KeyBody(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        galleries=galleries,
        origin=key.origin,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
