"""Makes a searcher's state from the database, with the active generation where it is usable."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from search.adapters.files.generations import GenerationStore
from search.domain.arrays import IdArray
from search.domain.gallery import Gallery, GallerySpace, GenerationRow
from search.domain.indexing import ViewRows
from search.errors import GenerationCorruptError, VectorIndexError
from search.generations import Generation
from search.ports.catalogue import Snapshot
from search.ports.vector_index import VectorIndex, VectorIndexBuilder
from search.state import SearchState, Tail


class GenerationUnusableError(Exception):
    """The active generation cannot be used; `reason` is the error that tells why."""

    def __init__(self, reason: VectorIndexError) -> None:
        super().__init__(reason.message)
        self.reason = reason


class StateLoader:
    """Opens states; safe to use from several threads."""

    def __init__(self, store: GenerationStore, builder: VectorIndexBuilder) -> None:
        self._store = store
        self._builder = builder

    def load(
        self, snapshot: Snapshot, gallery: Gallery, space: GallerySpace, *, without: bool = False
    ) -> SearchState:
        """The state at the snapshot's revision.

        Args:
            without: leave the generation aside and hold every vector in memory.
        Raises:
            GenerationUnusableError: the generation cannot be opened or is not this gallery's;
                prune may have removed it since, so a new snapshot may name another.
        """
        row = None
        if space.generation_id is not None and not without:
            row = snapshot.generation(space.generation_id)
        if row is None or not gallery.pruned_below <= row.revision <= gallery.revision:
            return self._load_rows(snapshot, gallery, space)
        try:
            generation, index = self.open(gallery, space, row)
        except VectorIndexError as reason:
            raise GenerationUnusableError(reason) from reason
        state = _state(gallery, space, row.revision, generation, index, _no_rows(space.space.dim))
        return state.advanced(snapshot.changes(gallery.id, space.space.id, row.revision))

    def open(
        self, gallery: Gallery, space: GallerySpace, row: GenerationRow
    ) -> tuple[Generation, VectorIndex]:
        """Open the generation that a row names.

        Raises:
            VectorIndexError: its files are missing, damaged, of another gallery or space.
        """
        generation = self._store.open(gallery, row.folder)
        identity = generation.manifest.identity
        belongs = (
            generation.manifest_digest == row.manifest_digest
            and identity.gallery_id == gallery.id
            and identity.gallery_epoch == gallery.epoch
            and identity.space_id == space.space.id
            and identity.dim == space.space.dim
            and identity.revision == row.revision
        )
        if not belongs:
            raise GenerationCorruptError(
                f"The generation {generation.path} is not the one that was published.",
                hint="Run `sightline repair`.",
            )
        index = self._builder.open(
            generation.index_path, generation.vectors, generation.manifest.index_kind
        )
        return generation, index

    def _load_rows(self, snapshot: Snapshot, gallery: Gallery, space: GallerySpace) -> SearchState:
        rows = joined(snapshot.view_rows(gallery.id, space.space.id), space.space.dim)
        return _state(gallery, space, gallery.revision, None, None, rows)


def _state(
    gallery: Gallery,
    space: GallerySpace,
    revision: int,
    generation: Generation | None,
    index: VectorIndex | None,
    rows: ViewRows,
) -> SearchState:
    nothing: IdArray = np.empty(0, np.int64)
    return SearchState(
        gallery_id=gallery.id,
        epoch=gallery.epoch,
        space_id=space.space.id,
        revision=revision,
        generation_id=space.generation_id,
        generation=generation,
        index=index,
        overlay=nothing,
        allowed=None,
        tail=Tail.of(rows),
    )


def _no_rows(dim: int) -> ViewRows:
    nothing: IdArray = np.empty(0, np.int64)
    return ViewRows(nothing, nothing, np.empty((0, dim), np.float16))


def joined(blocks: Iterable[ViewRows], dim: int) -> ViewRows:
    """All blocks as one."""
    kept = [_no_rows(dim), *blocks]
    return ViewRows(
        np.concatenate([block.view_ids for block in kept]),
        np.concatenate([block.item_ids for block in kept]),
        np.concatenate([block.vectors for block in kept]),
    )
