"""Queries and their answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from api.schemas.common import CursorText, FilterText, ItemId, Limit, QueryText, Request, Weight


class TextTermBody(Request):
    """Words to look for."""

    text: str = Field(min_length=1, max_length=4000)
    weight: Weight = 1.0


class ItemTermBody(Request):
    """An item of the gallery to be near to."""

    item: ItemId
    weight: Weight = 1.0


class ImageTermBody(Request):
    """A picture to be near to, as base64, or the part of it inside a box."""

    image: str = Field(min_length=4, description="The picture's bytes in base64.")
    box: list[float] | None = Field(
        default=None,
        min_length=4,
        max_length=4,
        description="x, y, width and height of the part that matters, each between 0 and 1.",
    )
    weight: Weight = 1.0


def _kind(term: object) -> str | None:
    """What a term is, so that what is wrong with it is said of that alone."""
    keys = term if isinstance(term, dict) else vars(term) if hasattr(term, "__dict__") else ()
    return next((kind for kind in ("text", "item", "image") if kind in keys), None)


TermBody = Annotated[
    Annotated[TextTermBody, Tag("text")]
    | Annotated[ItemTermBody, Tag("item")]
    | Annotated[ImageTermBody, Tag("image")],
    Discriminator(
        _kind,
        custom_error_type="term_of_no_kind",
        custom_error_message="A term is an object with one of text, item and image",
    ),
]


class Question(Request):
    """Any number of weighted terms and a filter."""

    q: QueryText = ""
    terms: list[TermBody] = Field(default=[], max_length=16)
    where: FilterText = ""


class SearchRequest(Question):
    """A query of any number of weighted terms; without terms it lists what the filter matches."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"q": "red car tag:holiday", "limit": 20},
                {"terms": [{"item": 7}, {"text": "at night", "weight": 0.5}]},
            ]
        }
    )

    limit: Limit = 30
    cursor: CursorText | None = None


class SearchForm(Request):
    """A picture to search with, and what may go with it."""

    image: str | None = Field(
        default=None, description="The picture.", json_schema_extra={"format": "binary"}
    )
    box: str = Field(default="", description="The part that matters: x,y,w,h in [0, 1].")
    q: QueryText = ""
    where: FilterText = ""
    limit: Limit = 30
    cursor: CursorText | None = None


class BesidePicture(BaseModel):
    """Parameters that go with a picture which is the body itself."""

    box: str = Field(
        default="",
        max_length=200,
        description="The part of the picture that matters: x,y,w,h in [0, 1].",
    )
    q: QueryText = ""
    where: FilterText = ""
    limit: Limit = 30
    cursor: CursorText | None = None


class Images(BaseModel):
    """Where an item's picture can be fetched; the addresses never change their content."""

    thumb: str = Field(description="WebP, at most 512 pixels on its long side.")
    preview: str = Field(description="WebP, at most 1600 pixels on its long side.")
    original: str | None = Field(description="The file itself; null where it may not be fetched.")


class HitBody(BaseModel):
    """An item that answers the query, with its best view."""

    item: int
    view: int = Field(description="The view of the item that came nearest.")
    kind: str
    title: str
    uri: str = Field(description="The file's absolute path; its name alone for the public.")
    score: float | None = Field(
        description="Cosine similarity in [-1, 1], higher is better; null without terms."
    )
    relevance: float | None = Field(
        description="Probability in [0, 1] that the hit answers the query, never rising from hit "
        "to hit; below `line` it probably does not. Null without terms, and for pictures in a "
        "gallery of fewer than 50."
    )
    width: int = Field(description="The picture's width in pixels.")
    height: int
    taken_at: str | None = Field(description="When the picture was taken, ISO 8601.")
    tags: list[str]
    categories: list[str]
    images: Images


class SearchAnswer(BaseModel):
    """One page of hits, best first."""

    hits: list[HitBody]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
    took_ms: float
    space: str = Field(description="The embedding space that was searched.")
    revision: int = Field(description="The gallery's revision that this answers for.")
    line: float = Field(description="Relevance below which a hit probably does not answer.")
    exact: bool = Field(description="Whether every matching view was compared.")
    hint: str = Field(
        description="With the first page: what to do where the gallery is empty, or where a filter "
        "names a key that no picture has; else empty."
    )
