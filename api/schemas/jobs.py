"""Uploads, reindexing, and the jobs that do them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Request, TagName
from search.domain.service import JobKind, JobState


class UploadRequest(Request):
    """A picture as JSON takes it."""

    image: str = Field(min_length=4, description="The picture's bytes in base64.")
    name: str = Field(default="picture", min_length=1, max_length=300, description="File name.")
    tags: list[TagName] = Field(default=[], max_length=100)


class UploadForm(Request):
    """Pictures as a form sends them; `image` may come many times."""

    image: list[str] = Field(
        min_length=1,
        max_length=100,
        json_schema_extra={"items": {"type": "string", "format": "binary"}},
    )
    tags: str = Field(default="", max_length=10_000, description="Tags, separated by commas.")


class ReindexRequest(Request):
    """Build the index again, or change the model."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"model": "tiny", "activate": True}]}
    )

    model: str | None = Field(
        default=None, min_length=1, max_length=300, description="Spec of another model."
    )
    full: bool = Field(default=False, description="Build all of the gallery's spaces again.")
    activate: bool = Field(default=False, description="Have searches use the other model.")
    rollback: bool = Field(default=False, description="Go back to the model before the last.")
    allow_missing: int = Field(
        default=0, ge=0, le=2**31, description="Views that may become unfindable by activating."
    )


class JobBody(BaseModel):
    """Work in the background. Times are seconds since 1970-01-01 UTC.

    `result` of an upload is `{"items": [{"name", "item"}], "failed": [{"name", "reason"}]}`, of
    assigning `{"dry_run", "taxonomies": [{"taxonomy", "items", "assigned", "changed_items",
    "moves", "examples"}]}`, with `"taught": [{"taxonomy", "used", "head"}]` where many decisions
    had come.
    """

    job: str
    kind: JobKind
    state: JobState
    done: int
    total: int | None
    note: str
    created_at: float
    updated_at: float
    result: dict[str, Any]
    error: str
    hint: str
