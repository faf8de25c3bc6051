"""Every refusal in one shape: `{"error": "a sentence", "code": "machine_word", "hint": "..."}`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from api.admission import ClientGoneError
from api.schemas.errors import ErrorBody
from api.schemas.examples import REFUSED
from search.errors import (
    RateLimitedError,
    SightlineError,
    TooBusyError,
    UnauthorizedError,
    error_code,
)

_log = logging.getLogger("sightline.api")

_WORDS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "request_too_large",
    415: "unsupported_media",
    422: "invalid",
    429: "rate_limited",
}
_HINTS = {
    404: "/docs lists every route.",
    405: "/docs lists the methods of every route.",
}

CODE_HEADER = b"x-sightline-code"
"""Tells `api/edge.py` a refusal's word, to be counted; clients read it in the body."""

REFUSALS: dict[int, str] = {
    400: "Something in the request cannot be done as asked.",
    401: "A key is asked for, or the one given is unknown or revoked.",
    403: "The key does not have the right to do this.",
    404: "There is no such gallery, item or route.",
    405: "The route has no such method.",
    408: "The body came too slowly.",
    409: "The request contradicts what is stored.",
    413: "The body or the picture is beyond the limits.",
    415: "The body is of a kind that is not read here.",
    422: "The request does not have the form that is described here.",
    429: "Too many requests; `Retry-After` says in how many seconds to try again.",
    500: "A fault of the service.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses for OpenAPI: the statuses given, and those that every route has."""
    every = {401, 403, 405, 408, 413, 422, 429, 500, *statuses}
    documented: dict[int | str, dict[str, Any]] = {}
    for status in sorted(every):
        code, error, hint = REFUSED[status]
        example = {"error": error, "code": code, "hint": hint}
        documented[status] = {
            "model": ErrorBody,
            "description": REFUSALS[status],
            "content": {"application/json": {"example": example}},
        }
    documented[429]["headers"] = {
        "Retry-After": {
            "description": "Seconds to wait.",
            "schema": {"type": "integer", "minimum": 1},
        }
    }
    return documented


def error_response(
    status: int, message: str, code: str, hint: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A refusal as a response."""
    body = {"error": message, "code": code, "hint": hint}
    marked = {CODE_HEADER.decode(): code, **(headers or {})}
    return JSONResponse(body, status_code=status, headers=marked)


def method_refused(path: str, method: str, allowed: Collection[str]) -> JSONResponse:
    """The refusal of a method that a path does not take."""
    message = f"{path[:200]} does not take {method}."
    headers = {"Allow": ", ".join(sorted(allowed))}
    return error_response(405, message, _WORDS[405], _HINTS[405], headers)


def response_of(error: SightlineError) -> JSONResponse:
    """The response that an error becomes."""
    code = error_code(error)
    headers: dict[str, str] = {}
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = "Bearer"
    if code.http_status == 429:
        headers["Retry-After"] = "1"
    if isinstance(error, RateLimitedError | TooBusyError):
        headers["Retry-After"] = str(error.retry_after_s)
    if code.http_status >= 500:
        _log.error("%s: %s", code.word, error.message, exc_info=error)
    return error_response(code.http_status, error.message, code.word, error.hint, headers)


def add_error_handlers(app: FastAPI) -> None:
    """Have every error of the app answered in the one shape."""
    app.add_exception_handler(SightlineError, _sightline_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(ClientGoneError, _client_gone)
    app.add_exception_handler(ClientDisconnect, _client_gone)


async def _sightline_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, SightlineError):
        raise error
    return response_of(error)


async def _validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return error_response(
        422, _first_problem(error), "invalid", "/docs shows what this route takes."
    )


def _first_problem(error: RequestValidationError) -> str:
    """One sentence on the first thing that is wrong, and how many more there are."""
    problems = error.errors()
    if not problems:
        return "The request cannot be read."
    first = problems[0]
    if first["type"] == "json_invalid":
        return f"The body is not JSON: {first['ctx']['error']}."
    where = ".".join(str(part) for part in first.get("loc", ())[1:])
    reason = _reason(first)
    sentence = f"{where}: {reason}." if where else f"{reason}."
    if len(problems) > 1:
        sentence += f" ({len(problems) - 1} more)"
    return sentence.encode("utf-8", "replace").decode()


def _reason(problem: Mapping[str, Any]) -> str:
    match problem["type"]:
        case "union_tag_invalid":
            tag, expected = problem["ctx"]["tag"], problem["ctx"]["expected_tags"]
            return f"{tag!r} is none of {expected}"
        case "union_tag_not_found":
            return f"{problem['ctx']['discriminator']} is missing"
        case _:
            return str(problem.get("msg", "it cannot be read")).rstrip(".")


async def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, SightlineError):  # raised while FastAPI read the body
        return response_of(error.__cause__)
    if isinstance(error.__cause__, ClientDisconnect):
        return Response(status_code=499)
    if isinstance(error.__cause__, UnicodeError | RecursionError):
        return error_response(
            422, "The body is not JSON in UTF-8.", "invalid", "/docs shows what this route takes."
        )
    status = error.status_code
    word = _WORDS.get(status, "bad_request" if status < 500 else "internal")
    if status == 404:
        message = f"There is nothing at {request.url.path[:200]}."
    elif status == 405:
        message = f"{request.url.path[:200]} does not take {request.method}."
    else:
        message = f"{str(error.detail).rstrip('.')}."
    return error_response(status, message, word, _HINTS.get(status, ""), error.headers)


async def _client_gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)
