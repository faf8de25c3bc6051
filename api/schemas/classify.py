"""Classifying pictures."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import ItemId, Request

LabelText = Annotated[str, Field(min_length=1, max_length=300)]
Template = Annotated[str, Field(min_length=2, max_length=300)]

MOST_LABELS = 2000


class ClassifyRequest(Request):
    """A picture in base64 or by its address, or a stored item, and labels to choose from."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"item": 7, "labels": ["cat", "dog"], "top_k": 1}]}
    )

    image: str | None = Field(default=None, min_length=4, description="In base64.")
    url: str | None = Field(
        default=None,
        min_length=4,
        max_length=2000,
        description="The picture's address, on a host that the service's administrator allows.",
    )
    item: ItemId | None = None
    labels: list[LabelText] = Field(default=[], max_length=MOST_LABELS)
    taxonomy: str = Field(
        default="",
        max_length=200,
        description="Instead of labels: a taxonomy of the gallery, with what it has learnt, or a "
        "ready-made one; the answer's labels are paths.",
    )
    classifier: str = Field(
        default="",
        max_length=300,
        description="Instead of labels: one of the service's classifiers, such as timm:resnet50; "
        "it answers with its own classes, for pictures only.",
    )
    templates: list[Template] = Field(
        default=["a photo of a {}."],
        min_length=1,
        max_length=100,
        description="Sentences with {} for the label; several are averaged.",
    )
    top_k: int | None = Field(default=None, ge=1, le=MOST_LABELS)


class ClassifyForm(Request):
    """A picture as a file, and labels separated by commas."""

    image: str = Field(json_schema_extra={"format": "binary"})
    labels: str = Field(default="", max_length=100_000)
    taxonomy: str = Field(default="", max_length=200)
    classifier: str = Field(default="", max_length=300)
    template: str = Field(default="a photo of a {}.", max_length=300)
    top_k: int | None = Field(default=None, ge=1, le=MOST_LABELS)


class LabelBody(BaseModel):
    label: str
    probability: float = Field(
        description="In [0, 1]; sums to 1 over all labels offered, unless "
        "the model judges each on its own."
    )


class ClassifyAnswer(BaseModel):
    """Labels, likeliest first."""

    labels: list[LabelBody]
    space: str


class HuggingFaceLabel(BaseModel):
    """What Hugging Face's clients expect, in a bare list, best first."""

    label: str
    score: float
