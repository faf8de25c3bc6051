"""The models worth choosing from."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import EngineDep, Searching
from api.errors import refusals
from api.schemas.models import ModelBody, Models
from search.models import RECOMMENDED

router = APIRouter(prefix="/v1", tags=["galleries"])


@router.get("/models", summary="Models worth choosing from", responses=refusals())
async def models(engine: EngineDep, caller: Searching) -> Models:
    """With what is known of each. Any other model that open_clip can load works as well."""
    return Models(
        models=[
            ModelBody(
                spec=one.spec,
                dim=one.dim,
                accuracy=one.accuracy,
                download_bytes=one.download_bytes,
                speed=one.speed,
                licence=one.licence,
                research_only=one.research_only,
                languages=one.languages,
                note=one.note,
            )
            for one in RECOMMENDED
        ],
        classifiers=list(engine.settings.classifiers),
    )
