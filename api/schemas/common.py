"""Pieces that several schemas share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Request(BaseModel):
    """What clients send: unknown fields are refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid")


ItemId = Annotated[int, Field(ge=1, le=2**63 - 1, description="An item's number.")]
TagName = Annotated[str, Field(min_length=1, max_length=255)]
Weight = Annotated[
    float,
    Field(
        ge=-100,
        le=100,
        allow_inf_nan=False,
        description="How much a term counts; below 0 it pushes away.",
    ),
]
Limit = Annotated[int, Field(ge=1, le=500, description="Most hits wanted.")]
QueryText = Annotated[
    str,
    Field(
        max_length=4000,
        description="A search box's text: words to look for, `-words` to push away, and filters "
        'such as `tag:beach -tag:blurry price:<50 after:2024-01-01 camera:"Pixel 8"`.',
    ),
]
FilterText = Annotated[
    str,
    Field(max_length=20_000, description="A further filter, in the search box's own syntax."),
]
CursorText = Annotated[
    str, Field(max_length=2000, description="`next` of the page before this one.")
]
