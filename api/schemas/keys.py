"""Keys and sessions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Request
from search.domain.service import Scope


class NewKeyBody(Request):
    """A key to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "shop window", "scopes": ["search"], "origin": "https://shop.example"}
            ]
        }
    )

    name: str = Field(min_length=1, max_length=100, description="Who it is for.")
    scopes: list[Scope] = Field(default=[Scope.SEARCH], min_length=1, max_length=3)
    galleries: list[str] | None = Field(
        default=None, max_length=1000, description="Where it is good; null is everywhere."
    )
    origin: str | None = Field(
        default=None,
        max_length=300,
        description="The one site whose pages may use it; for search only.",
    )


class KeyBody(BaseModel):
    """A key without its secret. Times are seconds since 1970-01-01 UTC."""

    id: int
    name: str
    prefix: str = Field(description="How its secret begins.")
    scopes: list[Scope]
    galleries: list[str] | None
    origin: str | None
    created_at: float
    last_used_at: float | None
    revoked_at: float | None


class MadeKey(KeyBody):
    """The only time that the secret is shown."""

    secret: str


class KeyList(BaseModel):
    keys: list[KeyBody]


class SignIn(Request):
    """A key to be exchanged for a cookie."""

    key: str = Field(min_length=1, max_length=200)


class Session(BaseModel):
    """Who is asking, as the service sees it."""

    signed_in: bool
    keys_required: bool = Field(description="Whether the service asks for keys at all.")
    name: str
    scopes: list[Scope]
    anonymous_galleries: list[str] = Field(description="Galleries that anyone may search.")
