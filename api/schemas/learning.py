"""What taxonomies learn from people, and how well they fit, as the service shows it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import ItemId, Request
from api.schemas.items import CategoryName, ItemBody
from api.schemas.jobs import JobBody
from api.schemas.search import Images
from search.categories.taxonomy import Mode


class ReliabilityBinBody(BaseModel):
    """Answers of similar confidence."""

    n: int
    confidence: float
    accuracy: float


class ReliabilityBody(BaseModel):
    """How confidence and truth agree on labels that were kept out; all in [0, 1]."""

    n: int
    accuracy: float
    confidence: float
    error: float = Field(description="Expected calibration error, 15 bins of equal mass.")
    floor: float = Field(description="What chance alone would make of it on as many labels.")
    bins: list[ReliabilityBinBody]


class ThresholdBody(BaseModel):
    """A category's line, and what it does on the labels that it was drawn from."""

    category: str
    value: float | None = Field(description="Null where none could be drawn; `note` says why.")
    positives: int
    negatives: int
    precision: float
    recall: float
    f1: float
    note: str


class CalibrationBody(BaseModel):
    """Probabilities that mean what they say. `before`, `after`: null where labels are too few."""

    labels: int
    temperature: float
    before: ReliabilityBody | None
    after: ReliabilityBody | None
    thresholds: list[ThresholdBody]
    note: str


class HeadBody(BaseModel):
    """What a head does on labels that were kept out while it was trained."""

    labels: int
    classes: int
    fewest: int
    checked: int
    measure: str = Field(
        description="What the accuracies are: `accuracy`, or `average_precision` where an item "
        "may have several categories."
    )
    accuracy_before: float | None
    accuracy: float | None
    loss_before: float | None
    loss: float | None
    calibration_error: float | None
    is_better: bool = Field(description="Known to be no worse than what the model says by itself.")
    note: str
    thresholds: list[ThresholdBody]


class StoredCalibrationBody(CalibrationBody):
    """The calibration that counts. `created_at`: seconds since 1970-01-01 UTC."""

    created_at: float


class StoredHeadBody(HeadBody):
    """The head that counts. `created_at`: seconds since 1970-01-01 UTC."""

    created_at: float


class LearntBody(BaseModel):
    """What people decided of a taxonomy's items, and what was learnt from it."""

    accepted: int
    rejected: int
    new_decisions: int = Field(description="Since the head was taught; all without one.")
    head: StoredHeadBody | None
    calibration: StoredCalibrationBody | None


class CalibrateRequest(Request):
    """Fit probabilities and lines to what people decided, or take the last fit back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"precision": 0.9, "dry_run": True}]})

    precision: float | None = Field(
        default=None, gt=0, le=1, description="Wanted of each line; null takes the highest F1."
    )
    dry_run: bool = Field(default=False, description="Show what it does; use nothing.")
    undo: bool = Field(default=False, description="Take back what counts now.")


class CalibrateAnswer(BaseModel):
    """`job` assigns the categories anew; null with a dry run."""

    taxonomy: str
    dry_run: bool
    undone: bool
    calibration: CalibrationBody | None = Field(description="Null with undo.")
    job: JobBody | None


class TeachRequest(Request):
    """Train a head on what people decided, or take the last one back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True}]})

    dry_run: bool = Field(default=False, description="Show what it does; use nothing.")
    undo: bool = Field(default=False, description="Take back what counts now.")


class TeachAnswer(BaseModel):
    """`job` assigns the categories anew; null with a dry run."""

    taxonomy: str
    dry_run: bool
    undone: bool
    head: HeadBody | None = Field(description="Null with undo.")
    job: JobBody | None


class ExamplesRequest(Request):
    """Say that items are of a category, which is made where it is new, as is its taxonomy."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"category": "garden", "items": [7, 9, 12]}]}
    )

    category: CategoryName
    items: Annotated[list[ItemId], Field(min_length=1, max_length=10_000)]
    mode: Mode = Field(default=Mode.MULTI, description="Of a taxonomy that is new.")


class PairBody(BaseModel):
    """Two categories that the model does not tell apart."""

    categories: list[str]
    similarity: float = Field(description="Cosine of what their words mean to the model.")
    items: int = Field(description="Items for which both are likely.")
    of: int = Field(description="Items whose likeliest category is either.")


class ClusterExampleBody(BaseModel):
    """An item, and addresses of its picture."""

    item: int
    images: Images


class ClusterBody(BaseModel):
    """Items without a category that look alike; a new category, perhaps."""

    items: int = Field(description="An estimate where there are thousands.")
    words: list[str] = Field(description="What they may show; may be empty.")
    examples: list[ClusterExampleBody]


class TaxonomyHealth(BaseModel):
    """How well a taxonomy fits the gallery."""

    taxonomy: str
    space: str
    items: int
    with_category: int
    without_category: int
    not_told_apart: list[PairBody]
    without_items: list[str]
    clusters: list[ClusterBody]


class ReviewAnswer(BaseModel):
    """Items that the model is least certain of, and how many have been decided about."""

    items: list[ItemBody]
    labels: int
