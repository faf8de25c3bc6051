"""Models that a gallery may take."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ModelBody(BaseModel):
    """A recommended model."""

    spec: str = Field(description="What `POST /reindex` takes as `model`.")
    dim: int
    accuracy: float | None = Field(
        description="ImageNet-1k zero-shot top-1 in [0, 1], as published; null where nobody has."
    )
    download_bytes: int = Field(description="About what is downloaded; 0 if it ships along.")
    speed: str = Field(description="fastest, fast, medium or slow")
    licence: str
    research_only: bool
    languages: str
    note: str = Field(description="When to take it.")


class Models(BaseModel):
    """What a gallery may take, and what `POST /classify` may be asked for."""

    models: list[ModelBody]
    classifiers: list[str] = Field(description="Closed-set classifiers that the service offers.")
