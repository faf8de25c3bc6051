"""Compares published generations with their manifests, and the active ones with SQL's rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from search.adapters.files.generations import GenerationStore
from search.domain.arrays import BoolArray, HalfMatrix, IdArray
from search.domain.gallery import Gallery, GenerationRow
from search.errors import VectorIndexError
from search.loading import GenerationUnusableError, StateLoader
from search.ports.catalogue import Snapshot
from search.ports.vector_index import VectorIndexBuilder
from search.state import SearchState


@dataclass(frozen=True, slots=True)
class BrokenGeneration:
    """A published generation that must not be searched, and one sentence why."""

    row: GenerationRow
    is_active: bool
    reason: str


def broken_generations(
    snapshot: Snapshot,
    store: GenerationStore,
    index_builder: VectorIndexBuilder,
    gallery: Gallery,
    *,
    digests: bool,
) -> Iterator[BrokenGeneration]:
    """Every broken generation of a gallery.

    Args:
        digests: read every byte, and compare the active generations' vectors with SQL's.
    """
    spaces = {space.space.id: space for space in snapshot.spaces(gallery.id)}
    loader = StateLoader(store, index_builder)
    for row in snapshot.generations(gallery.id):
        space = spaces[row.space_id]
        is_active = row.id == space.generation_id
        try:
            loader.open(gallery, space, row)
            if digests:
                store.verify(gallery, row.folder)
            if is_active:
                state = loader.load(snapshot, gallery, space)
                reason = _differences(snapshot, state) if digests else None
            else:
                reason = None
        except VectorIndexError as error:
            reason = error.message
        except GenerationUnusableError as error:
            reason = error.reason.message
        if reason is not None:
            yield BrokenGeneration(row, is_active, reason)


def _differences(snapshot: Snapshot, state: SearchState) -> str | None:
    """Where searching the state would differ from searching SQL's own rows."""
    held_views = _HeldViews(state)
    n_differing = n_stored = 0
    for block in snapshot.view_rows(state.gallery_id, state.space_id):
        n_stored += len(block)
        equal = held_views.equal(block.view_ids, block.vectors)
        n_differing += len(block) - int(np.count_nonzero(equal))
    if n_differing or n_stored != state.n_rows:
        return (
            f"The generation of {state.space_id} gives {state.n_rows} views where the database "
            f"has {n_stored}, of which {n_differing} differ."
        )
    return None


class _HeldViews:
    """A state's rows by view id."""

    def __init__(self, state: SearchState) -> None:
        self._state = state
        generation = state.generation
        view_ids = generation.view_ids if generation is not None else np.empty(0, np.int64)
        self._rows: IdArray = np.argsort(view_ids)
        self._view_ids = view_ids[self._rows]

    def equal(self, view_ids: IdArray, vectors: HalfMatrix) -> BoolArray:
        """For each view whether the state holds just this vector for it."""
        equal: BoolArray = np.isin(view_ids, self._state.tail.view_ids)
        generation = self._state.generation
        if generation is None or len(generation) == 0:
            return equal
        place = np.minimum(np.searchsorted(self._view_ids, view_ids), len(self._view_ids) - 1)
        rows = self._rows[place]
        held = self._view_ids[place] == view_ids
        if self._state.allowed is not None:
            held &= self._state.allowed.has(rows)
        held[held] = (generation.vectors[rows[held]] == vectors[held]).all(axis=1)
        equal |= held
        return equal
