"""What routes ask for: the engine, and a caller who may do what the route does."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from api.engine import Engine
from api.representing import Representing
from api.security.access import Needs
from api.security.callers import Caller
from search.domain.service import Scope


async def engine_of(request: Request) -> Engine:
    """The service's engine; a coroutine, since FastAPI gives anything else a thread to run in."""
    engine: Engine = request.app.state.engine
    return engine


EngineDep = Annotated[Engine, Depends(engine_of)]
Searching = Annotated[Caller, Depends(Needs(Scope.SEARCH))]
FetchingPictures = Annotated[Caller, Depends(Needs(Scope.SEARCH, picture=True))]
Writing = Annotated[Caller, Depends(Needs(Scope.WRITE))]
Administering = Annotated[Caller, Depends(Needs(Scope.ADMIN))]

GalleryName = Annotated[str, Path(max_length=64, description="The gallery's name.")]
ItemNumber = Annotated[int, Path(ge=1, le=2**63 - 1, description="The item's number.")]


def representing(gallery: str, caller: Caller) -> Representing:
    """How this caller is shown the gallery."""
    return Representing(gallery, paths=not caller.public, originals=caller.originals)
