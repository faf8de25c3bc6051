"""Two endpoints that Hugging Face's unmodified clients can call.

The JavaScript client posts a picture's bytes, or JSON, to exactly the address that it is given;
either task may come to either address, so the body tells them apart: labels make it zero-shot.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from PIL.Image import Image

from api.bodies import media_type
from api.classifying import Outcome
from api.dependencies import EngineDep, Searching
from api.engine import Engine
from api.errors import refusals
from api.openapi import BINARY, request_body
from api.pictures.queries import from_base64
from api.schemas.classify import MOST_LABELS, HuggingFaceLabel
from api.unasked import usual_guesses, usual_scorer
from search.classification import HUGGING_FACE_TEMPLATES
from search.errors import ModelError, NotFoundError, UsageError, UserError
from search.ports.embedder import Embedder

router = APIRouter(prefix="/hf", tags=["classify"])

_DEFAULT_TOP_K = 5
_LONGEST_LABEL = 1000

_INPUTS: dict[str, Any] = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "inputs": {
            "description": "The picture in base64, or an object with it as `image`.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "required": ["image"],
                    "properties": {"image": {"type": "string"}},
                },
            ],
        },
        "parameters": {
            "type": "object",
            "properties": {
                "candidate_labels": {"type": "array", "items": {"type": "string"}},
                "hypothesis_template": {"type": "string"},
                "top_k": {"type": "integer", "minimum": 1},
                "function_to_apply": {"enum": [one.value for one in Outcome]},
            },
        },
    },
}
_BODY = request_body(
    {"application/json": _INPUTS, "image/*": BINARY, "application/octet-stream": BINARY}
)
_REFUSALS = refusals(400, 404, 408, 413)


@dataclass(frozen=True, slots=True)
class _Asked:
    """`labels` None: image classification by what the service knows."""

    content: bytes
    labels: tuple[str, ...] | None = None
    template: str = HUGGING_FACE_TEMPLATES[0]
    top_k: int | None = None
    outcome: Outcome | None = None


@router.post(
    "/image-classification",
    summary="Hugging Face: image classification",
    response_model=list[HuggingFaceLabel],
    responses=_REFUSALS,
    openapi_extra=_BODY,
)
async def image_classification(
    request: Request, engine: EngineDep, caller: Searching
) -> JSONResponse:
    """The five likeliest categories of the gallery's taxonomy, or of everyday things, asked in all
    its wordings and with what it has learnt. For `imageClassification({data})` of
    `@huggingface/inference` and `image_classification` of `huggingface_hub`."""
    return await _answered(request, engine)


@router.post(
    "/zero-shot-image-classification",
    summary="Hugging Face: zero-shot image classification",
    response_model=list[HuggingFaceLabel],
    responses=_REFUSALS,
    openapi_extra=_BODY,
)
async def zero_shot_image_classification(
    request: Request, engine: EngineDep, caller: Searching
) -> JSONResponse:
    """All of `candidate_labels`, the likeliest first."""
    return await _answered(request, engine)


async def _answered(request: Request, engine: Engine) -> JSONResponse:
    asked = _read(media_type(request), await request.body())
    try:
        image = await engine.pictures.run(request, partial(_decode, engine, asked))
        guesses = await engine.searches.run(request, partial(_classify, engine, asked, image))
    except ModelError as error:  # Their clients try a 503 again for ever, and show a 400.
        raise UserError(error.message, hint=error.hint) from error
    return JSONResponse(guesses)


def _read(kind: str, body: bytes) -> _Asked:
    """The request in either form; raises UsageError where it is neither."""
    if not body:
        raise UsageError("The body is empty.", hint="Send a picture's bytes, or JSON.")
    if kind.startswith("image/") or (kind != "application/json" and body.lstrip()[:1] != b"{"):
        return _Asked(body, top_k=_DEFAULT_TOP_K)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("The JSON cannot be read.", hint="Send {inputs, parameters}.") from error
    inputs = document.get("inputs") if isinstance(document, dict) else None
    image = inputs.get("image") if isinstance(inputs, dict) else inputs
    parameters = (document.get("parameters") or {}) if isinstance(document, dict) else {}
    if not isinstance(image, str) or not isinstance(parameters, dict):
        raise UsageError(
            "`inputs` holds no picture.", hint="Send it in base64 as `inputs` or `inputs.image`."
        )
    labels = _labels(parameters.get("candidate_labels"))
    template = parameters.get("hypothesis_template") or HUGGING_FACE_TEMPLATES[0]
    if not isinstance(template, str):
        raise UsageError("`hypothesis_template` is no text.", hint="Write it as “a photo of {}.”")
    return _Asked(
        from_base64(image),
        labels,
        template,
        _top_k(parameters.get("top_k"), labels),
        _outcome(parameters.get("function_to_apply")),
    )


def _labels(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    labels = value.split(",") if isinstance(value, str) else value
    texts = labels if isinstance(labels, list) else []
    fits = all(isinstance(one, str) and len(one) <= _LONGEST_LABEL for one in texts)
    if not fits or not 1 <= len(texts) <= MOST_LABELS:
        raise UsageError(
            f"`candidate_labels` is not a list of 1 to {MOST_LABELS} texts.",
            hint='Send it as ["cat", "dog"].',
        )
    return tuple(texts)


def _top_k(value: object, labels: Sequence[str] | None) -> int | None:
    if value is None:
        return None if labels is not None else _DEFAULT_TOP_K
    if type(value) is not int or not 1 <= value <= 2**31:
        raise UsageError("`top_k` is not a number above 0.", hint="Send it as 5.")
    return value


def _outcome(value: object) -> Outcome | None:
    if value is None:
        return None
    try:
        return Outcome(str(value))
    except ValueError as error:
        raise UsageError(
            "`function_to_apply` is unknown.", hint="It is softmax, sigmoid or none."
        ) from error


def _decode(engine: Engine, asked: _Asked) -> Image:
    return engine.query_pictures.read(asked.content, _embedder(engine).space.preprocessing)


def _classify(engine: Engine, asked: _Asked, image: Image) -> list[dict[str, object]]:
    embedder = _embedder(engine)
    vector = embedder.embed_images([image])
    if asked.labels is None:
        scorer = usual_scorer(engine, embedder)
        guesses = usual_guesses(scorer, vector, asked.outcome, asked.top_k)
    else:
        guesses = engine.classifying.guesses(
            embedder,
            vector,
            asked.labels,
            (asked.template,),
            outcome=asked.outcome,
            top_k=asked.top_k,
        )
    return [{"label": one.label, "score": one.score} for one in guesses]


def _embedder(engine: Engine) -> Embedder:
    """The model of the gallery that the settings name, else that of a new gallery."""
    try:
        space = engine.galleries.active_space(engine.settings.hf_gallery)
    except NotFoundError:
        return engine.models.of_spec(engine.settings.model)
    return engine.models.of_space(space)
