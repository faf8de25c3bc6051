"""Searching: by a search box's text, by pictures, by stored items, or by all of them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData, UploadFile

from api.bodies import form_text, media_type, read_form, read_json, unsupported, validated
from api.cursors import Cursor, digest_of
from api.dependencies import EngineDep, GalleryName, ItemNumber, Searching, representing
from api.engine import Engine
from api.errors import refusals
from api.hinting import hint_of
from api.openapi import BINARY, code_sample, request_body
from api.paging import Page, Pager
from api.pictures.queries import Box, from_base64
from api.remembered import Remembered
from api.schemas.common import CursorText, FilterText, Limit, QueryText
from api.schemas.search import (
    BesidePicture,
    ImageTermBody,
    ItemTermBody,
    Question,
    SearchAnswer,
    SearchForm,
    SearchRequest,
    TextTermBody,
)
from api.security.callers import Caller
from search.composition import compose_query
from search.domain import query as domain
from search.domain.query import ImageTerm, ItemTerm, Term, TextTerm
from search.errors import NotFoundError, PictureError, UsageError
from search.relevance.scale import LINE

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["search"])

BODIES = (SearchRequest, SearchForm)

_JSON = "application/json"
_FORM = "multipart/form-data"
_BYTES = "application/octet-stream"
_SAMPLE = """curl -H 'Content-Type: image/jpeg' --data-binary @shoe.jpg \\
  'http://127.0.0.1:8000/v1/galleries/default/search?q=red&box=0.2,0.2,0.5,0.6&limit=10'"""


@router.get("/search", summary="Search by a text", responses=refusals(400, 404, 409))
async def search(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    q: Annotated[QueryText, Query()] = "",
    where: Annotated[FilterText, Query()] = "",
    limit: Annotated[Limit, Query()] = 30,
    cursor: Annotated[CursorText | None, Query()] = None,
) -> SearchAnswer:
    """Items that fit the text best. Without words it lists what the filters match, or all."""
    asked = _listing(q, where, limit, cursor)
    return await _answer(request, engine, caller, gallery, asked, [], ())


@router.post(
    "/search",
    summary="Search by texts, pictures and items together",
    responses=refusals(400, 404, 408, 409, 413, 415),
    openapi_extra=request_body(
        {_JSON: SearchRequest, _FORM: SearchForm, "image/*": BINARY, _BYTES: BINARY}
    )
    | code_sample(_SAMPLE),
)
async def search_terms(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    beside: Annotated[BesidePicture, Query()],
) -> SearchAnswer:
    """Send JSON with weighted terms, a form with an `image` and, if only a part of it matters,
    a `box`, or the picture itself with what goes with it in the address. Words in `q` are added
    to the picture."""
    kind = media_type(request)
    if kind.startswith("image/") or kind == _BYTES:
        asked = _listing(beside.q, beside.where, beside.limit, beside.cursor)
        box, content = Box.parse(beside.box), await request.body()
        terms, parts = await _picture_terms(request, engine, gallery, content, box)
        return await _answer(request, engine, caller, gallery, asked, terms, parts)
    if beside.model_fields_set:
        raise UsageError(
            f"The address has {min(beside.model_fields_set)}, but the body is no picture.",
            hint="Send it in the body.",
        )
    if kind == _JSON:
        asked = await read_json(request, SearchRequest)
        terms, parts = await terms_of(request, engine, gallery, asked)
        return await _answer(request, engine, caller, gallery, asked, terms, parts)
    if kind == _FORM:
        form = await read_form(request)
        try:
            asked = _asked(form)
            terms, parts = await _form_terms(request, engine, gallery, form)
        finally:
            await form.close()
        return await _answer(request, engine, caller, gallery, asked, terms, parts)
    raise unsupported(request, _JSON, _FORM, "image/*")


@router.get(
    "/items/{item}/similar", summary="Items like this one", responses=refusals(400, 404, 409)
)
async def similar(
    request: Request,
    engine: EngineDep,
    caller: Searching,
    gallery: GalleryName,
    item: ItemNumber,
    where: Annotated[FilterText, Query()] = "",
    limit: Annotated[Limit, Query()] = 30,
    cursor: Annotated[CursorText | None, Query()] = None,
) -> SearchAnswer:
    """The items nearest to a stored one, itself left out."""
    asked = _listing("", where, limit, cursor)
    terms = [ItemTerm(item)]
    return await _answer(request, engine, caller, gallery, asked, terms, (("item", item, 1.0),))


async def terms_of(
    request: Request, engine: Engine, gallery: str, asked: Question
) -> tuple[list[Term], tuple[object, ...]]:
    """The terms, and what tells this query from others."""
    terms: list[Term] = []
    parts: list[object] = []
    for body in asked.terms:
        match body:
            case TextTermBody(text=text, weight=weight):
                terms.append(TextTerm(text, weight))
                parts.append(("text", text, weight))
            case ItemTermBody(item=item, weight=weight):
                terms.append(ItemTerm(item, weight))
                parts.append(("item", item, weight))
            case ImageTermBody(image=image, box=numbers, weight=weight):
                content = from_base64(image)
                box = None if numbers is None else Box.checked(numbers)
                terms.append(await _image_term(request, engine, gallery, content, box, weight))
                parts.append((hashlib.sha256(content).hexdigest(), repr(box), weight))
    return terms, tuple(parts)


def _listing(q: str, where: str, limit: int, cursor: str | None) -> SearchRequest:
    """A request without terms, of parts that were checked as parameters."""
    return SearchRequest.model_construct(q=q, where=where, limit=limit, cursor=cursor, terms=[])


def _asked(form: FormData) -> SearchRequest:
    """The form's fields besides the picture."""
    fields: dict[str, object] = {
        name: form_text(form, name) for name in ("q", "where", "cursor", "limit") if name in form
    }
    unknown = sorted(set(form) - {"q", "where", "cursor", "limit", "image", "box"})
    if unknown:
        raise UsageError(
            f"The form has an unknown field {unknown[0][:100]!r}.",
            hint="The fields are image, box, q, where, limit and cursor.",
        )
    return validated(SearchRequest, {k: v for k, v in fields.items() if v != ""})


async def _form_terms(
    request: Request, engine: Engine, gallery: str, form: FormData
) -> tuple[list[Term], tuple[object, ...]]:
    image = form.get("image")
    box = Box.parse(form_text(form, "box"))
    if image is None:
        if box is not None:
            raise UsageError("There is a box but no picture.", hint="Send the picture as image.")
        return [], ()
    if not isinstance(image, UploadFile):
        raise PictureError(
            "The field image is text, not a file.", hint="Send the picture as a file, with a name."
        )
    content, name = await image.read(), image.filename or ""
    return await _picture_terms(request, engine, gallery, content, box, name)


async def _picture_terms(
    request: Request,
    engine: Engine,
    gallery: str,
    content: bytes,
    box: Box | None,
    name: str = "",
) -> tuple[list[Term], tuple[object, ...]]:
    """One picture alone as the terms, and what tells it from others."""
    term = await _image_term(request, engine, gallery, content, box, 1.0, name)
    return [term], ((hashlib.sha256(content).hexdigest(), repr(box)),)


async def _image_term(
    request: Request,
    engine: Engine,
    gallery: str,
    content: bytes,
    box: Box | None,
    weight: float,
    name: str = "",
) -> ImageTerm:
    def read() -> ImageTerm:
        with engine.metrics.stages.labels("decode").time():
            fitting = engine.galleries.active_space(gallery).preprocessing
            return ImageTerm(engine.query_pictures.read(content, fitting, box, name), weight)

    return await engine.pictures.run(request, read)


async def _answer(
    request: Request,
    engine: Engine,
    caller: Caller,
    gallery: str,
    asked: SearchRequest,
    terms: Sequence[Term],
    parts: tuple[object, ...],
) -> SearchAnswer:
    started = time.perf_counter()
    digest = digest_of(asked.q, asked.where, *parts)
    work = partial(_page, engine, request.app.state.remembered, gallery, asked, terms, digest)
    page, hint = await engine.searches.run(request, work)
    shown = representing(gallery, caller)
    return SearchAnswer(
        hits=[shown.hit(hit) for hit in page.hits],
        next=page.next,
        took_ms=round(1000 * (time.perf_counter() - started), 3),
        space=page.answer.space_id,
        revision=page.answer.revision,
        line=LINE,
        exact=page.answer.exact,
        hint=hint,
    )


def _page(
    engine: Engine,
    remembered: Remembered,
    gallery: str,
    asked: SearchRequest,
    terms: Sequence[Term],
    digest: str,
) -> tuple[Page, str]:
    """The page asked for and, with the first, its hint."""
    cursor = None if asked.cursor is None else Cursor.from_text(asked.cursor)
    if asked.q.strip() or asked.where.strip() or terms:
        query = compose_query(asked.q, terms=terms, where=asked.where, limit=asked.limit)
    else:
        query = domain.Query(limit=asked.limit)
    with engine.metrics.stages.labels("search").time():
        searcher = engine.galleries.searcher(gallery)
        try:
            page = Pager(engine.catalogue, gallery, searcher).page(query, digest, cursor)
        except NotFoundError:
            engine.galleries.forget(gallery)
            raise
        if cursor is not None:
            return page, ""
        return page, hint_of(engine.catalogue, remembered, gallery, query, len(page.hits))
