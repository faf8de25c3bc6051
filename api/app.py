"""The service as an ASGI app around an `Engine`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.body_limits import BodyLimits
from api.edge import Edge
from api.engine import Engine
from api.errors import add_error_handlers
from api.methods import Methods
from api.openapi import set_openapi
from api.remembered import Remembered
from api.routes import (
    asking,
    classify,
    docs,
    galleries,
    health,
    hugging_face,
    items,
    jobs,
    keys,
    learning,
    metrics,
    models,
    pictures,
    search,
    taxonomies,
    uploads,
)
from api.security.cors import Cors
from api.security.guard import Guard
from api.security.key_ring import KeyRing
from api.security.rates import Counting, Counts
from api.static import PageFiles
from search import __version__

_ROUTES = (
    search,
    asking,
    items,
    uploads,
    pictures,
    galleries,
    taxonomies,
    learning,
    classify,
    hugging_face,
    jobs,
    keys,
    models,
    health,
    metrics,
    docs,
)

_TAGS = [
    {"name": "search", "description": "Find items by words, pictures, items, or all of them."},
    {"name": "items", "description": "See, tag, add, delete items, and fetch their pictures."},
    {"name": "galleries", "description": "What there is, what failed, what can be asked."},
    {"name": "taxonomies", "description": "Categories that a model assigns and people correct."},
    {"name": "classify", "description": "Say which of some labels fit a picture."},
    {"name": "jobs", "description": "Work that goes on in the background."},
    {"name": "keys", "description": "Who may do what."},
    {"name": "operation", "description": "For those who run the service."},
]


def create_app(engine: Engine, counts: Counting | None = None) -> FastAPI:
    """The app; whoever opened the engine closes it.

    Args:
        counts: counts the requests of several processes; without, those of this app alone.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine.start()
        yield
        engine.stop()

    app = FastAPI(
        title="Sightline",
        version=__version__,
        summary="Visual search for photos, videos and products.",
        openapi_tags=_TAGS,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.engine = engine
    app.state.docs_page = None
    app.state.remembered = Remembered()
    app.state.key_ring = KeyRing(engine.catalogue)
    app.state.guard = guard = Guard(
        engine.settings, app.state.key_ring, counts or Counts(engine.settings)
    )
    add_error_handlers(app)
    for module in _ROUTES:
        app.include_router(module.router)
    app.mount("/", PageFiles(), name="page")
    # The last one added is the outermost.
    app.add_middleware(BodyLimits, settings=engine.settings)
    app.add_middleware(Methods, routers=[module.router for module in _ROUTES])
    app.add_middleware(Cors, guard=guard)
    app.add_middleware(Edge, metrics=engine.metrics)
    set_openapi(app, (*search.BODIES, *uploads.BODIES, *classify.BODIES))
    return app


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name
