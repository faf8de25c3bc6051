"""Request bodies that may come in several kinds: JSON, forms with files, or a picture itself."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from search.errors import UnsupportedMediaError, UsageError

Model = TypeVar("Model", bound=BaseModel)

MOST_FILES = 100


def media_type(request: Request) -> str:
    """The body's kind without its parameters, in lower case; empty where none was said."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[Model]) -> Model:
    """The JSON body as a model.

    Raises:
        RequestValidationError: it is not JSON, or not of the model's form.
    """
    return validated(model, await request.body())


def validated(model: type[Model], content: bytes | dict[str, Any]) -> Model:
    """JSON bytes or a dictionary as a model; raises RequestValidationError."""
    try:
        if isinstance(content, bytes):
            return model.model_validate_json(content)
        return model.model_validate(content)
    except ValidationError as error:
        problems = [
            {**problem, "loc": ("body", *problem["loc"])}
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise RequestValidationError(problems) from error


async def read_form(request: Request) -> FormData:
    """The form's fields and files.

    Raises:
        UsageError: it is not a form that can be read.
    """
    try:
        return await request.form(max_files=MOST_FILES, max_fields=MOST_FILES)
    except (HTTPException, MultiPartException, KeyError, UnicodeDecodeError, ValueError) as error:
        reason = str(getattr(error, "detail", "") or getattr(error, "message", "") or error)
        raise UsageError(
            f"The form cannot be read: {reason.rstrip('.')}.",
            hint="Send multipart/form-data with its boundary, as curl -F does.",
        ) from error


def form_text(form: FormData, name: str, default: str = "") -> str:
    """A text field of the form; raises UsageError where a file came instead."""
    value = form.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise UsageError(f"The field {name} is a file.", hint="Send it as text.")
    return value


def unsupported(request: Request, *kinds: str) -> UnsupportedMediaError:
    """The refusal of a body of another kind."""
    said = media_type(request) or "none"
    return UnsupportedMediaError(
        f"The Content-Type {said[:100]} is not read here.", hint=f"Send {' or '.join(kinds)}."
    )
