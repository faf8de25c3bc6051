"""Which of some labels fit a picture."""

from __future__ import annotations

from functools import partial

import numpy as np
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from PIL.Image import Image
from starlette.datastructures import FormData, UploadFile

from api.bodies import form_text, media_type, read_form, read_json, unsupported
from api.dependencies import EngineDep, GalleryName, Searching
from api.engine import Engine
from api.errors import refusals
from api.openapi import request_body
from api.pictures.queries import from_base64
from api.representing import clean
from api.schemas.classify import (
    MOST_LABELS,
    ClassifyAnswer,
    ClassifyForm,
    ClassifyRequest,
    LabelBody,
)
from search.categories.classifying import class_probabilities
from search.classification import best
from search.domain.arrays import FloatMatrix
from search.domain.space import EmbeddingSpace
from search.errors import NotFoundError, PictureError, UsageError
from search.ranking import unit

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["classify"])

BODIES = (ClassifyRequest, ClassifyForm)

MOST_SHOWN = 5
"""Classes that a classifier or a taxonomy answers with where `top_k` is not given."""


@router.post(
    "/classify",
    summary="Which labels fit a picture",
    responses=refusals(400, 404, 408, 413, 415),
    openapi_extra=request_body(
        {"application/json": ClassifyRequest, "multipart/form-data": ClassifyForm}
    ),
)
async def classify(
    request: Request, engine: EngineDep, caller: Searching, gallery: GalleryName
) -> ClassifyAnswer:
    """By the gallery's own model; the picture need not be in the gallery."""
    kind = media_type(request)
    uploaded: bytes | None = None
    if kind == "application/json":
        asked = await read_json(request, ClassifyRequest)
    elif kind == "multipart/form-data":
        form = await read_form(request)
        try:
            asked, uploaded = await _form(form)
        finally:
            await form.close()
    else:
        raise unsupported(request, "application/json", "multipart/form-data")
    _check(asked, uploaded)
    content = uploaded
    if content is None:
        content = await _content(request, engine, asked)
    if asked.classifier and content is not None:
        return await _by_classifier(request, engine, asked, content)
    image: Image | None = None
    if content is not None:
        image = await engine.pictures.run(request, partial(_decode, engine, gallery, content))
    return await engine.searches.run(request, partial(_classify, engine, gallery, asked, image))


async def _content(request: Request, engine: Engine, asked: ClassifyRequest) -> bytes | None:
    """The picture's bytes, None where a stored item is asked about."""
    if asked.url is not None:
        return await engine.fetches.run(request, engine.fetcher.fetch, asked.url)
    return None if asked.image is None else from_base64(asked.image)


def _check(asked: ClassifyRequest, uploaded: bytes | None) -> None:
    if sum(one is not None for one in (uploaded, asked.image, asked.url, asked.item)) != 1:
        raise UsageError("Send either an image, a url or an item.", hint="One picture at a time.")
    if bool(asked.classifier) + bool(asked.taxonomy) + bool(asked.labels) != 1:
        raise UsageError(
            "Send either labels, a taxonomy or a classifier.",
            hint="A taxonomy and a classifier have classes of their own.",
        )
    if asked.classifier and asked.item is not None:
        raise UsageError(
            "A classifier looks at pictures, not at stored items.",
            hint="Send the image or its url.",
        )


async def _by_classifier(
    request: Request, engine: Engine, asked: ClassifyRequest, content: bytes
) -> ClassifyAnswer:
    classifier = await engine.searches.run(
        request, partial(engine.closed_sets.get, asked.classifier)
    )
    image = await engine.pictures.run(
        request, partial(engine.query_pictures.read, content, classifier.preprocessing)
    )
    (chances,) = await engine.searches.run(request, partial(classifier.probabilities, [image]))
    labels = [
        LabelBody(label=one.label, probability=one.probability)
        for one in best(classifier.classes, chances, asked.top_k or MOST_SHOWN)
    ]
    return ClassifyAnswer(labels=labels, space=classifier.spec)


async def _form(form: FormData) -> tuple[ClassifyRequest, bytes]:
    image = form.get("image")
    if not isinstance(image, UploadFile):
        raise PictureError("The form has no picture.", hint="Send it as a file, named image.")
    labels = [part.strip() for part in form_text(form, "labels").split(",") if part.strip()]
    classifier, taxonomy = form_text(form, "classifier"), form_text(form, "taxonomy")
    template, top_k = form_text(form, "template"), form_text(form, "top_k")
    if not classifier and not taxonomy and not 1 <= len(labels) <= MOST_LABELS:
        raise UsageError(f"Send 1 to {MOST_LABELS} labels.", hint="Separate them by commas.")
    if top_k and not (top_k.isascii() and top_k.isdigit() and 1 <= int(top_k) <= MOST_LABELS):
        problem = {"type": "int", "loc": ("body", "top_k"), "msg": "Not a number of labels"}
        raise RequestValidationError([problem])
    asked = ClassifyRequest.model_construct(
        image=None,
        url=None,
        item=None,
        labels=labels,
        taxonomy=taxonomy,
        classifier=classifier,
        templates=[template or "a photo of a {}."],
        top_k=int(top_k) if top_k else None,
    )
    return asked, await image.read()


def _decode(engine: Engine, gallery: str, content: bytes) -> Image:
    fitting = engine.galleries.active_space(gallery).preprocessing
    return engine.query_pictures.read(content, fitting)


def _classify(
    engine: Engine, gallery: str, asked: ClassifyRequest, image: Image | None
) -> ClassifyAnswer:
    space = engine.galleries.active_space(gallery)
    embedder = engine.models.of_space(space)
    if image is not None:
        vector = embedder.embed_images([image])
    else:
        vector = _stored(engine, gallery, space, asked.item or 0)
    if asked.taxonomy:
        scorer = engine.classifying.by_taxonomy(engine.catalogue, gallery, embedder, asked.taxonomy)
        (found,) = class_probabilities(scorer, vector, asked.top_k or MOST_SHOWN)
        shown = [LabelBody(label=clean(one.label), probability=one.probability) for one in found]
        return ClassifyAnswer(labels=shown, space=space.id)
    guesses = engine.classifying.guesses(
        embedder, vector, asked.labels, asked.templates, top_k=asked.top_k
    )
    labels = [LabelBody(label=one.label, probability=one.score) for one in guesses]
    return ClassifyAnswer(labels=labels, space=space.id)


def _stored(engine: Engine, gallery: str, space: EmbeddingSpace, item: int) -> FloatMatrix:
    """The mean of the item's views, (1, dim)."""
    with engine.catalogue.reading() as snapshot:
        rows = snapshot.item_rows(snapshot.gallery(gallery).id, space.id, [item])
    mean = unit(rows.vectors.astype(np.float64).mean(axis=0)) if len(rows) else None
    if mean is None:
        raise NotFoundError(
            f"There is no item {item} with an embedding in the gallery {gallery}.",
            hint="A search lists the items' numbers.",
        )
    return mean[np.newaxis]
