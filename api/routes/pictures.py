"""Pictures of items: thumbnails, previews, and the files themselves."""

from __future__ import annotations

import mimetypes
from functools import partial
from pathlib import Path, PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from api.dependencies import EngineDep, FetchingPictures, GalleryName, ItemNumber
from api.engine import Engine
from api.errors import refusals
from api.pictures.previews import FORMAT_VERSION, Size
from indexer.places import Place, Places
from indexer.sources.readers import ReaderCache, root_folder
from search.domain.item import ItemState, ViewRecord, ViewState
from search.errors import ForbiddenError, NotFoundError

router = APIRouter(prefix="/v1/galleries/{gallery}", tags=["items"])

_IMMUTABLE = "private, max-age=31536000, immutable"
_CHECK_AGAIN = "private, no-cache"
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
"""Kinds that browsers show; all others are handed over as downloads."""


@router.get(
    "/items/{item}/image",
    summary="A picture of an item",
    response_class=Response,
    responses={
        200: {
            "description": "The picture: WebP, or the file itself.",
            "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
        },
        206: {"description": "The part that `Range` asked for."},
        304: {"description": "The copy that the client has is still right."},
        416: {"description": "`Range` asks for more than there is."},
        **refusals(400, 404, 413),
    },
)
async def image(
    request: Request,
    engine: EngineDep,
    caller: FetchingPictures,
    gallery: GalleryName,
    item: ItemNumber,
    size: Annotated[Size, Query(description="thumb, preview or original.")] = Size.THUMB,
    view: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="Which view; the first if not given.")
    ] = None,
    made: Annotated[
        int | None,
        Query(
            ge=1,
            le=2**31 - 1,
            description="How thumbnails and previews are made, as answers' addresses say it.",
        ),
    ] = None,
) -> Response:
    """With the `view` and `made` of an answer's addresses it never changes and may be kept for
    ever."""
    if size is Size.ORIGINAL and not caller.originals:
        raise ForbiddenError(
            "Originals are not served to the public here.", hint="Ask for size=preview."
        )
    found, place = await engine.pictures.run(request, partial(_find, engine, gallery, item, view))
    is_original = size is Size.ORIGINAL
    etag = f'"{found.content_hash[:32]}-{size}{"" if is_original else f"-v{FORMAT_VERSION}"}"'
    is_fixed = view is not None and (is_original or made == FORMAT_VERSION)
    headers = {"ETag": etag, "Cache-Control": _IMMUTABLE if is_fixed else _CHECK_AGAIN}
    if _has_copy(request, etag):
        return Response(status_code=304, headers=headers)
    if is_original:
        return await _original(request, engine, found, place, headers)
    path = engine.previews.find(found.content_hash, size)
    if path is None:
        with engine.metrics.stages.labels("preview").time():
            make = partial(engine.previews.make, found.content_hash, size, place)
            path = await engine.pictures.run(request, make)
    return FileResponse(path, media_type="image/webp", headers=headers)


def _has_copy(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` names what would be sent; `*` names whatever there is."""
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    return "*" in known or etag in known or f"W/{etag}" in known


def _find(engine: Engine, gallery: str, item: int, view: int | None) -> tuple[ViewRecord, Place]:
    with engine.catalogue.reading() as snapshot:
        row = snapshot.gallery(gallery)
        records = snapshot.items(row.id, [item])
        roots = snapshot.roots(row.id)
    if not records or records[0].state is not ItemState.LIVE:
        raise NotFoundError(
            f"There is no item {item} in the gallery {gallery}.", hint="It may have been deleted."
        )
    for one in records[0].views:
        wanted = one.id == view or (view is None and one.state is ViewState.LIVE)
        if wanted and one.state is not ViewState.RETIRED:
            place = Places(roots).of(one.uri)
            if place is not None:
                return one, place
    raise NotFoundError(
        f"The item {item} has no such view.", hint="The item's own page lists its views."
    )


async def _original(
    request: Request, engine: Engine, view: ViewRecord, place: Place, headers: dict[str, str]
) -> Response:
    kind = mimetypes.guess_type(PurePath(view.uri).name)[0] or ""
    shown = kind in _SHOWN
    name = quote(PurePath(view.uri).name.encode("utf-8", "replace").decode(), safe="")
    headers["Content-Disposition"] = (
        f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"
    )
    media_type = kind if shown else "application/octet-stream"
    path = root_folder(place.root_path, place.root_kind) / place.path
    if await engine.pictures.run(request, path.is_file):
        return FileResponse(path, media_type=media_type, headers=headers)
    content = await engine.pictures.run(request, partial(_read, engine, place, path))
    return Response(content, media_type=media_type, headers=headers)


def _read(engine: Engine, place: Place, path: Path) -> bytes:
    """A member of an archive, whole."""
    readers = ReaderCache()
    try:
        limit_bytes = engine.settings.limit_bytes
        return readers.read(place.root_path, place.root_kind, place.path, limit_bytes)
    finally:
        readers.close()
