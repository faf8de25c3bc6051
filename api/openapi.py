"""The OpenAPI document: what FastAPI derives, and the bodies that routes read by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.schemas.examples import EXAMPLES

REF = "#/components/schemas/{model}"

BINARY: dict[str, Any] = {"type": "string", "format": "binary"}


def request_body(
    kinds: Mapping[str, type[BaseModel] | dict[str, Any]], *, required: bool = True
) -> dict[str, Any]:
    """`openapi_extra` for a route that reads its body itself: media types and their forms."""
    content: dict[str, Any] = {}
    for kind, form in kinds.items():
        if isinstance(form, dict):
            content[kind] = {"schema": form}
        else:
            content[kind] = {"schema": {"$ref": REF.format(model=form.__name__)}}
    return {"requestBody": {"required": required, "content": content}}


def code_sample(source: str) -> dict[str, Any]:
    """`openapi_extra` for a route that is best shown by a command."""
    return {"x-codeSamples": [{"lang": "Shell", "source": source}]}


def set_openapi(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> None:
    """Have the app describe itself completely.

    Args:
        bodies: the models that `request_body` names.
    """

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, bodies)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _described(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    _, definitions = models_json_schema(
        [(model, "validation") for model in bodies], ref_template=REF
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in definitions.get("$defs", {}).items():
        schemas.setdefault(name, schema)
    for name, example in EXAMPLES.items():
        schemas[name].setdefault("examples", [example])
    return document
