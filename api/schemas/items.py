"""Items, and what people change about them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import ItemId, Request, TagName
from api.schemas.search import Images
from search.domain.category import Verdict


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


class GuessBody(BaseModel):
    """A category that the model finds likely for an item, or that people spoke about."""

    taxonomy: str
    category: str = Field(description="Its path, such as animals/dog.")
    probability: float | None = Field(description="The model's; null where it has none.")
    assigned: bool = Field(description="The model is sure enough.")
    verdict: Verdict | None = Field(description="What a person said of it.")
    effective: bool = Field(description="The item is in it: what people say goes first.")


class ItemBody(BaseModel):
    """All that is known about an item."""

    item: int
    kind: str
    state: str
    title: str
    uri: str
    revision: int
    tags: list[str]
    categories: list[str] = Field(description="Paths of the categories that it is in.")
    guesses: list[GuessBody]
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


CategoryName = Annotated[str, Field(min_length=1, max_length=1_000, description="Name or path.")]
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


class CategoryOperation(Request):
    """Say that items are, or are not, of a category; people win over models.

    `relabel` accepts it and rejects `instead_of`, or in a taxonomy of one category only whatever
    the items have; `forget` takes back what was said.
    """

    op: Literal["accept", "reject", "relabel", "forget"]
    items: _Items
    category: CategoryName
    taxonomy: str = Field(default="", max_length=200, description="Where several have the name.")
    instead_of: CategoryName | None = Field(default=None, description="With relabel only.")


class BatchRequest(Request):
    """Operations that happen together or not at all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "operations": [
                        {"op": "add_tags", "items": [1, 2], "tags": ["beach"]},
                        {"op": "delete", "items": [3]},
                        {"op": "accept", "items": [4], "category": "animals/dog"},
                    ]
                }
            ]
        }
    )

    operations: list[
        Annotated[TagOperation | StateOperation | CategoryOperation, Field(discriminator="op")]
    ] = Field(min_length=1, max_length=100)


class OperationResult(BaseModel):
    """`changed`: items, or pairs of item and tag, that are different now."""

    op: str
    changed: int


class BatchAnswer(BaseModel):
    """What came of the operations, in their order."""

    results: list[OperationResult]
    revision: int
    undo: list[CategoryOperation] = Field(
        default=[], description="Operations that take back what was decided about categories."
    )
