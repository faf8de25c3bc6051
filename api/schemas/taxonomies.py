"""Taxonomies as the service takes and shows them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Request
from api.schemas.jobs import JobBody
from api.schemas.learning import LearntBody
from search.categories.taxonomy import Mode

TaxonomyText = Field(
    default=None, min_length=1, max_length=8 * 2**20, description="A taxonomy file, as text."
)


class TaxonomyBody(BaseModel):
    """A taxonomy in its present version."""

    taxonomy: str
    version: int
    mode: Mode
    active: bool = Field(description="Items have its categories.")
    categories: int
    threshold: float
    description: str
    licence: str


class Taxonomies(BaseModel):
    """What the gallery has, and what ships with the program."""

    taxonomies: list[TaxonomyBody]
    ready_made: list[str]


class CategoryBody(BaseModel):
    """A category. `items`: live items in it, or in one below it."""

    category: str
    items: int
    words: list[str]
    threshold: float | None = Field(description="Its own; null takes the one above.")


class VersionBody(BaseModel):
    """A version that is or was. `created_at`: seconds since 1970-01-01 UTC."""

    version: int
    categories: int
    created_at: float


class TaxonomyDetail(TaxonomyBody):
    """A taxonomy with its categories, versions, and the file that makes it."""

    tree: list[CategoryBody]
    versions: list[VersionBody]
    yaml: str
    learnt: LearntBody


class TaxonomyImport(Request):
    """A taxonomy to add, or a new version of one: a file's text, or one that is ready-made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"yaml": "taxonomy: pets\ncategories: [cat, dog]", "dry_run": True},
                {"ready_made": "everyday"},
            ]
        }
    )

    yaml: str | None = TaxonomyText
    ready_made: str | None = Field(default=None, min_length=1, max_length=200)
    dry_run: bool = Field(default=False, description="Say what would change; the job's result.")
    assign: bool = Field(default=True, description="Assign its categories to all items.")


class TaxonomyImported(BaseModel):
    """What differs from the version before, and the job that assigns, or tries to."""

    taxonomy: str
    version: int | None = Field(description="The stored version; null with a dry run.")
    added: list[str]
    removed: list[str]
    changed: list[str]
    settings: list[str]
    job: JobBody | None


class ExamplesAnswer(BaseModel):
    """`accepted`: items for which it is news."""

    taxonomy: TaxonomyBody
    category: str
    accepted: int
    revision: int
