"""Items, and what people change about them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import ItemId, Request, TagName
from api.schemas.search import Images


class AttributeBody(BaseModel):
    """A fact: what people read, and the number that it is sorted by."""

    text: str
    number: float | None


class ViewBody(BaseModel):
    """One picture of an item."""

    view: int
    uri: str
    width: int
    height: int
    sha256: str
    state: str
    images: Images


class ItemBody(BaseModel):
    """All that is known about an item."""

    item: int
    kind: str
    state: str
    title: str
    uri: str
    revision: int
    tags: list[str]
    categories: list[str]
    attributes: dict[str, AttributeBody]
    views: list[ViewBody]


class ItemPatch(Request):
    """Tags to add and to take off; all at once or not at all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"add_tags": ["beach"], "remove_tags": ["blurry"]}]}
    )

    add_tags: list[TagName] = Field(default=[], max_length=100)
    remove_tags: list[TagName] = Field(default=[], max_length=100)


class Deleted(BaseModel):
    """What was deleted; `items:batch` with `undelete` brings it back."""

    deleted: int
    revision: int


_Items = Annotated[list[ItemId], Field(min_length=1, max_length=10_000)]


class TagOperation(Request):
    """Put tags on items, or take them off."""

    op: Literal["add_tags", "remove_tags"]
    items: _Items
    tags: list[TagName] = Field(min_length=1, max_length=100)


class StateOperation(Request):
    """Delete items, or bring them back."""

    op: Literal["delete", "undelete"]
    items: _Items


class BatchRequest(Request):
    """Operations that happen together or not at all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "operations": [
                        {"op": "add_tags", "items": [1, 2], "tags": ["beach"]},
                        {"op": "delete", "items": [3]},
                    ]
                }
            ]
        }
    )

    operations: list[TagOperation | StateOperation] = Field(min_length=1, max_length=100)


class OperationResult(BaseModel):
    """`changed`: items, or pairs of item and tag, that are different now."""

    op: str
    changed: int


class BatchAnswer(BaseModel):
    """What came of the operations, in their order."""

    results: list[OperationResult]
    revision: int
