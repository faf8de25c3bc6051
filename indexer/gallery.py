"""The gallery a run works on: found or made, with the space that its first run records."""

from __future__ import annotations

import time
from pathlib import Path

from indexer.embedding import EmbedderOpener
from indexer.leases import new_holder
from search.domain.gallery import Gallery, GallerySpace
from search.domain.space import EmbeddingSpace
from search.errors import ConflictError, NotFoundError, StoreBusyError
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder

LEASE_S = 30.0
POLL_S = 0.05


def gallery_or_none(catalogue: Catalogue, name: str) -> Gallery | None:
    with catalogue.reading() as snapshot:
        try:
            return snapshot.gallery(name)
        except NotFoundError:
            return None


def make_gallery(catalogue: Catalogue, name: str) -> Gallery:
    """Create the gallery, or take the one that another process made just before."""
    try:
        return catalogue.create_gallery(name)
    except ConflictError:
        with catalogue.reading() as snapshot:
            return snapshot.gallery(name)


def spaces_of(catalogue: Catalogue, gallery_id: int) -> list[GallerySpace]:
    with catalogue.reading() as snapshot:
        return list(snapshot.spaces(gallery_id))


def active_space(catalogue: Catalogue, gallery_id: int) -> EmbeddingSpace | None:
    """The space that searches use, None before the first run."""
    with catalogue.reading() as snapshot:
        active_id = snapshot.gallery_by_id(gallery_id).active_space_id
        spaces = {s.space.id: s.space for s in snapshot.spaces(gallery_id)}
    return None if active_id is None else spaces[active_id]


def check_model(space: EmbeddingSpace | None, model: str | None) -> None:
    """Raises ConflictError where a model was asked for that is not the gallery's."""
    if space is not None and model is not None and _full(model) != _full(space.spec):
        raise _another_model(space, model)


def _another_model(space: EmbeddingSpace, model: str) -> ConflictError:
    return ConflictError(
        f"This gallery is indexed with {space.spec}, not with {model}.",
        hint=f"To switch its model, run: sightline reindex --model {model}",
    )


def _full(spec: str) -> str:
    """A spec with its checkpoint's path, if it has one, made absolute."""
    architecture, mark, path = spec.partition("@")
    return f"{architecture}@{Path(path).expanduser().absolute()}" if mark else spec


def first_space(
    catalogue: Catalogue, gallery: Gallery, spec: str, open_embedder: EmbedderOpener
) -> Embedder:
    """Open the model of a gallery's first run and record its space; returns it loaded.

    Raises:
        ConflictError: another run has recorded another model meanwhile.
    """
    embedder = open_embedder(spec)
    name = f"first-space:{gallery.id}"
    holder = new_holder()
    deadline = time.monotonic() + 2 * LEASE_S
    while (lease := catalogue.acquire_lease(name, holder=holder, lease_s=LEASE_S)) is None:
        if time.monotonic() > deadline:
            raise StoreBusyError("Another run is setting up this gallery.", hint="Try again.")
        time.sleep(POLL_S)
    try:
        recorded = active_space(catalogue, gallery.id)
        if recorded is not None and recorded.id != embedder.space.id:
            raise _another_model(recorded, spec)
        if recorded is not None:
            return embedder
        with catalogue.writing(gallery.id) as work:
            work.add_space(embedder.space)
            work.activate_space(embedder.space.id)
            work.commit()
    finally:
        catalogue.release_lease(lease)
    return embedder
