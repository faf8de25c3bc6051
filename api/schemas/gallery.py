"""Galleries: what they hold, what failed, and what can be asked of them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class GalleryBody(BaseModel):
    """A gallery that the caller may search."""

    name: str
    items: int
    space: str | None
    revision: int


class Galleries(BaseModel):
    galleries: list[GalleryBody]


class GenerationBody(BaseModel):
    """A checkpoint of the index."""

    folder: str
    space: str
    revision: int
    rows: int
    active: bool


class SpaceBody(BaseModel):
    """An embedding space and how far it covers the gallery."""

    space: str
    model: str
    active: bool
    previous: bool
    wanted: bool
    missing_views: int = Field(description="Live views that have no embedding in it yet.")


class Status(BaseModel):
    """What a gallery holds. `tail`: findable views outside the active generation."""

    gallery: str
    space: str | None
    model: str | None
    revision: int
    items: int
    views: int
    embedded: int
    missing: int
    failed: int
    tail: int
    spaces: list[SpaceBody]
    generations: list[GenerationBody]
    jobs: int = Field(description="Jobs that wait or run.")


class FailureBody(BaseModel):
    """A file that could not be indexed."""

    uri: str
    name: str = Field(description="The name it was uploaded under; of other files the path.")
    reason: str


class Failures(BaseModel):
    """Files that could not be indexed, and why."""

    failures: list[FailureBody]
    total: int


class Suggestion(BaseModel):
    """One way to go on with what has been typed."""

    kind: str = Field(description="tag, category, key or value")
    text: str = Field(description="What people read.")
    insert: str = Field(description="What replaces the last word of the search box.")
    count: int | None = Field(description="Live items that it applies to, where known.")
    taxonomy: str = Field(
        default="", description="Of a category: whose it is; two may have the same path."
    )


class Suggestions(BaseModel):
    suggestions: list[Suggestion]


class FacetValue(BaseModel):
    """One value of a facet. `filter` narrows a search to it."""

    value: str
    count: int
    filter: str
    taxonomy: str = Field(
        default="", description="Of a category: whose it is; two may have the same path."
    )


class Facet(BaseModel):
    key: str = Field(description="category, tag, year, camera, kind, month")
    values: list[FacetValue] = Field(
        description="The most frequent ones first; of `month` all, the earliest first."
    )


class Facets(BaseModel):
    """How the answer to a query divides.

    `of`: how many items were counted. With words or pictures in the query these are its best hits,
    `complete` false; without, all that the filter matches.
    """

    facets: list[Facet]
    of: int
    complete: bool
    revision: int
