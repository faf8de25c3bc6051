"""Decides who a request comes from and whether it may do what it asks.

Without any key the service is its machine's own: whoever reaches it at localhost may do all. The
first key ends that. A key comes as `Authorization: Bearer`, for origin-bound keys also as `?key=`,
or behind the cookie that an administrator got for it.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from fastapi import Request

from api.security.callers import LOCAL, Caller
from api.security.key_ring import KeyRing
from api.security.rates import Counting, Kind, Rates, network_of
from search.domain.service import ApiKey, Scope
from search.errors import ForbiddenError, UnauthorizedError
from search.settings import Settings

COOKIE = "sightline_session"

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HINT = "Send `Authorization: Bearer KEY`; `sightline keys create` makes one."


class Guard:
    """One service's rules."""

    def __init__(self, settings: Settings, ring: KeyRing, counts: Counting) -> None:
        self._settings = settings
        self._ring = ring
        self._rates = Rates(settings, counts)

    async def admit(
        self, request: Request, scope: Scope, gallery: str | None, *, picture: bool = False
    ) -> Caller:
        """Who is asking.

        Args:
            gallery: the gallery's name, None where the request is about none or about all.
            picture: counted apart from other requests.
        Raises:
            UnauthorizedError, ForbiddenError, RateLimitedError: and why.
        """
        caller, rate_kind, who = await self._identify(request, scope, gallery)
        request.scope.setdefault("state", {})["caller"] = caller.name
        if caller is not LOCAL:
            self._rates.count(Kind.PICTURE if picture else rate_kind, who)
        return caller

    async def who(self, request: Request) -> tuple[ApiKey | None, bool]:
        """The request's key, if any, and whether the service asks for one at all."""
        found = await self._key(request)
        return (found[0] if found else None), await self.asks_for_keys()

    async def key_to_sign_in(self, request: Request, secret: str) -> ApiKey:
        """The key that is to be exchanged for a session.

        Raises:
            UnauthorizedError: it is unknown, revoked, or one of a public page.
            ForbiddenError: another site's page asks for it.
        """
        await self._check_same_site(request)
        key = await self._ring.key_of(secret)
        if key is None or key.origin is not None:
            address = request.client.host if request.client else ""
            self._rates.count(Kind.WRONG_KEY, network_of(address))
            raise UnauthorizedError("Nobody can sign in with this key.", hint=_HINT)
        return key

    async def asks_for_keys(self) -> bool:
        keys = await self._ring.current()
        return self._settings.api_keys_required or keys.any_made

    async def allowed_origins(self) -> frozenset[str]:
        """Sites whose pages may call the service."""
        return frozenset(self._settings.cors_origins) | (await self._ring.current()).origins

    async def _identify(
        self, request: Request, scope: Scope, gallery: str | None
    ) -> tuple[Caller, Kind, str]:
        address = network_of(request.client.host if request.client else "")
        if not await self.asks_for_keys():
            await self._check_local(request)
            return LOCAL, Kind.ADDRESS, address
        found = await self._key(request)
        if found is None:
            return self._anonymous(scope, gallery), Kind.ADDRESS, address
        key, by_cookie = found
        if by_cookie:
            await self._check_same_site(request)
        _check_origin(request, key)
        await self._check_rights(key, scope, gallery)
        caller = Caller(
            name=key.prefix,
            scopes=frozenset(Scope) if Scope.ADMIN in key.scopes else key.scopes,
            gallery_ids=key.gallery_ids,
            public=key.origin is not None,
            originals=key.origin is None or self._settings.anonymous_originals,
        )
        # An origin-bound key stands in a public page: its visitors are counted one by one.
        return caller, *((Kind.ADDRESS, address) if key.origin else (Kind.KEY, key.prefix))

    async def _key(self, request: Request) -> tuple[ApiKey, bool] | None:
        """The key that came, and whether behind a cookie; None where none did.

        Raises:
            UnauthorizedError: it is unknown or revoked.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        in_address = request.query_params.get("key", "")
        token = request.cookies.get(COOKIE, "")
        if scheme.lower() == "bearer" and secret.strip():
            key = await self._ring.key_of(secret.strip())
        elif in_address:
            key = await self._ring.key_of(in_address)
            if key is not None and key.origin is None:
                raise UnauthorizedError("This key may not stand in an address.", hint=_HINT)
        elif token:
            key = await self._ring.key_of_session(token)
            return None if key is None else (key, True)
        else:
            return None
        if key is None:
            address = request.client.host if request.client else ""
            self._rates.count(Kind.WRONG_KEY, network_of(address))
            raise UnauthorizedError("The key is unknown or revoked.", hint=_HINT)
        return key, False

    def _anonymous(self, scope: Scope, gallery: str | None) -> Caller:
        named = unicodedata.normalize("NFC", gallery or "")
        if scope is Scope.SEARCH and named in self._settings.anonymous_galleries:
            return Caller(
                name="anonymous",
                scopes=frozenset({Scope.SEARCH}),
                public=True,
                originals=self._settings.anonymous_originals,
            )
        raise UnauthorizedError("A key is needed for this.", hint=_HINT)

    async def _check_rights(self, key: ApiKey, scope: Scope, gallery: str | None) -> None:
        if scope not in key.scopes and Scope.ADMIN not in key.scopes:
            raise ForbiddenError(
                f"This key does not have the scope {scope}.", hint="Use a key that has it."
            )
        if key.gallery_ids is None or (gallery is None and scope is Scope.SEARCH):
            return
        ids = (await self._ring.current()).gallery_ids
        if gallery is None or ids.get(unicodedata.normalize("NFC", gallery)) not in key.gallery_ids:
            raise ForbiddenError(
                "This key is not good for that.", hint="Use a key of the gallery, or of all."
            )

    async def _check_local(self, request: Request) -> None:
        """Without keys only names of this machine: no other site may pass as it (rebinding)."""
        host = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").lower()
        if host not in _LOCAL_HOSTS | set(self._settings.allowed_hosts):
            raise ForbiddenError(
                f"Without a key the service answers at localhost only, not at {host[:100]}.",
                hint="Call it by localhost, make a key, or set SIGHTLINE_ALLOWED_HOSTS.",
            )
        await self._check_same_site(request)

    async def _check_same_site(self, request: Request) -> None:
        """What carries no secret of its own must come from our own page, or change nothing."""
        origin = request.headers.get("origin")
        if request.method in _SAFE_METHODS or origin is None:
            return
        own = origin.partition("://")[2] == request.headers.get("host", "")
        if not own and origin not in await self.allowed_origins():
            raise ForbiddenError(
                "Another site's page may not change anything here.",
                hint="Add its origin to SIGHTLINE_CORS_ORIGINS if it should.",
            )


def _check_origin(request: Request, key: ApiKey) -> None:
    if key.origin is None:
        return
    origin = request.headers.get("origin")
    if origin is None:
        referer = urlsplit(request.headers.get("referer", ""))
        origin = f"{referer.scheme}://{referer.netloc}"
    if origin != key.origin:
        raise ForbiddenError(
            "This key is bound to another site.", hint=f"It is good in pages of {key.origin}."
        )
