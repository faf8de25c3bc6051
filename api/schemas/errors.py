"""The one shape of every error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ErrorBody(BaseModel):
    """A refusal: one sentence, a word for programs, and what to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "There is no gallery named 'holidays'.",
                    "code": "not_found",
                    "hint": "`sightline galleries list` shows them.",
                }
            ]
        }
    )

    error: str = Field(description="One sentence that says what is wrong.")
    code: str = Field(description="A word for programs, such as not_found or too_busy.")
    hint: str = Field(description="What to do about it; may be empty.")
