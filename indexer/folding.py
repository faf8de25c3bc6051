"""Folds a gallery's vectors into a new generation and publishes it.

One builder at a time per gallery and space, by lease. Until the last statement searches use the
old generation, from then on the new one; a crash anywhere leaves a folder that nobody names.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from indexer.leases import LeaseKeeper, new_holder
from search.adapters.files.generations import GenerationStore
from search.bootstrap import open_catalogue, open_index_builder
from search.domain.gallery import Gallery, GallerySpace, GenerationRow
from search.domain.indexing import ViewRows
from search.errors import ConflictError, NotFoundError, SightlineError, VectorIndexError
from search.generations import Generation, GenerationIdentity
from search.loading import GenerationUnusableError, StateLoader
from search.ports.catalogue import Catalogue, Snapshot
from search.ports.vector_index import VectorIndexBuilder
from search.settings import Settings

LEASE_S = 60.0
MIN_OVERLAY_ROWS = 1000
OVERLAY_SHARE = 0.05

_log = logging.getLogger(__name__)


def lease_name(gallery_id: int, space_id: str) -> str:
    """The name of the builder's lease of one gallery in one space."""
    return f"build:{gallery_id}:{space_id}"


def fold(
    catalogue: Catalogue,
    store: GenerationStore,
    index_builder: VectorIndexBuilder,
    gallery_id: int,
    space_id: str,
    *,
    holder: str | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> GenerationRow | None:
    """Build a generation of all findable views and make it the one that searches use.

    Args:
        on_step: called with the name of each step that is done; may raise.
    Returns:
        The published generation, None where another builder is at work.
    Raises:
        NotFoundError: the gallery or its space is not there.
        VectorIndexError: the disk refuses.
    """
    lease = catalogue.acquire_lease(
        lease_name(gallery_id, space_id), holder=holder or new_holder(), lease_s=LEASE_S
    )
    if lease is None:
        return None
    with LeaseKeeper(catalogue, lease, LEASE_S) as keeper:

        def followed(step: str) -> None:
            keeper.check()
            on_step(step)

        try:
            folder, generation = _write(
                catalogue, store, index_builder, gallery_id, space_id, followed
            )
            row = _publish(catalogue, folder, generation, keeper)
        except (ConflictError, VectorIndexError):
            if keeper.is_lost():
                return None  # Another builder took over and publishes instead.
            raise
        followed("published")
        remove_superseded(catalogue, store, gallery_id, space_id)
        followed("cleaned")
        return row


def _write(
    catalogue: Catalogue,
    store: GenerationStore,
    index_builder: VectorIndexBuilder,
    gallery_id: int,
    space_id: str,
    on_step: Callable[[str], None],
) -> tuple[str, Generation]:
    with ExitStack() as reading:
        snapshot = reading.enter_context(catalogue.reading())
        gallery = snapshot.gallery_by_id(gallery_id)
        space = space_of(snapshot, gallery, space_id)
        identity = GenerationIdentity(
            gallery_id, gallery.epoch, space_id, space.space.dim, gallery.revision
        )

        def blocks() -> Iterator[ViewRows]:
            yield from snapshot.view_rows(gallery_id, space_id)
            reading.close()  # The index is built without a reading kept open.

        return store.write(
            identity,
            blocks(),
            index_builder,
            space=space.space,
            wanted=gallery.wanted_recall,
            on_step=on_step,
        )


def _publish(
    catalogue: Catalogue, folder: str, generation: Generation, keeper: LeaseKeeper
) -> GenerationRow:
    """One statement, guarded by the lease; where it is refused the folder is an orphan."""
    identity = generation.manifest.identity
    with catalogue.writing(identity.gallery_id) as work:
        row = work.add_generation(
            space_id=identity.space_id,
            folder=folder,
            revision=identity.revision,
            n_rows=len(generation),
            manifest_digest=generation.manifest_digest,
            lease=keeper.lease,
        )
        work.commit()
        return row


def space_of(snapshot: Snapshot, gallery: Gallery, space_id: str) -> GallerySpace:
    """The gallery's space of this id.

    Raises:
        NotFoundError: the gallery has no such space.
    """
    for space in snapshot.spaces(gallery.id):
        if space.space.id == space_id:
            return space
    raise NotFoundError(
        f"The gallery {gallery.name} has no embedding space {space_id}.",
        hint="`sightline status` names its spaces.",
    )


def remove_superseded(
    catalogue: Catalogue, store: GenerationStore, gallery_id: int, space_id: str
) -> int:
    """Remove all generations of a space but the active and the previous one, rows first.

    Call with the space's builder lease held: then folders without a row are left from crashes,
    and go too. Searchers keep what they have mapped. Returns the bytes freed.
    """
    with catalogue.writing(gallery_id) as work:
        with catalogue.reading() as snapshot:
            gallery = snapshot.gallery_by_id(gallery_id)
            space = space_of(snapshot, gallery, space_id)
            rows = [row for row in snapshot.generations(gallery_id) if row.space_id == space_id]
        kept = {space.generation_id, space.previous_generation_id}
        superseded = [row.id for row in rows if row.id not in kept]
        if superseded:
            work.remove_generations(superseded)
            work.commit()
    named = {row.folder for row in rows if row.id in kept}
    folders = store.folders(gallery, space_id=space_id)
    return sum(store.remove(gallery, folder) for folder in folders if folder not in named)


def needs_folding(
    catalogue: Catalogue,
    store: GenerationStore,
    index_builder: VectorIndexBuilder,
    gallery_id: int,
    space_id: str,
) -> bool:
    """Whether searches would gain from a new generation: none is usable, or much has changed."""
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery_by_id(gallery_id)
        space = space_of(snapshot, gallery, space_id)
        if space.generation_id is None:
            blocks = snapshot.view_rows(gallery_id, space_id, block_rows=1)
            return any(len(block) for block in blocks)
        try:
            state = StateLoader(store, index_builder).load(snapshot, gallery, space)
        except GenerationUnusableError:
            return True
    n_rows = len(state.generation) if state.generation is not None else 0
    return state.n_overlay_rows > max(MIN_OVERLAY_ROWS, OVERLAY_SHARE * n_rows)


def fold_if_due(
    settings: Settings, catalogue: Catalogue, gallery_id: int, space_id: str
) -> GenerationRow | None:
    """Fold where that is due; None where it is not, or another builder is at work."""
    store = GenerationStore(settings.generations_path)
    builder = open_index_builder(settings)
    if not needs_folding(catalogue, store, builder, gallery_id, space_id):
        return None
    return fold(catalogue, store, builder, gallery_id, space_id)


def fold_in_background(
    settings: Settings, gallery_id: int, space_id: str
) -> subprocess.Popen[bytes]:
    """Fold where that is due, in a process of its own, so that searches keep their processor.

    The process outlives nobody's request: wait for it, or let it be.
    """
    environment = {
        **os.environ,
        "SIGHTLINE_HOME": str(settings.home),
        "SIGHTLINE_DATABASE_URL": settings.database_url,
    }
    command = [sys.executable, "-m", "indexer.folding", str(gallery_id), space_id]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


def main(arguments: list[str]) -> int:
    """`python -m indexer.folding GALLERY_ID SPACE_ID`, with settings from the environment."""
    settings = Settings()
    try:
        catalogue = open_catalogue(settings)
        try:
            fold_if_due(settings, catalogue, int(arguments[0]), arguments[1])
        finally:
            catalogue.close()
    except SightlineError as error:
        _log.error("No generation was built: %s %s", error.message, error.hint)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
