"""Deletes items, and proves that no search finds them any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.domain.arrays import HalfMatrix
from search.domain.query import Query
from search.filters.ast import ItemIs, Or
from search.ports.catalogue import Catalogue
from search.retrieval import Searcher


@dataclass(frozen=True, slots=True)
class DeleteReport:
    """What a deletion did. `still_found`: deleted items that a search returned all the same."""

    n_deleted: int
    still_found: tuple[int, ...] = ()


def delete_items(catalogue: Catalogue, gallery_name: str, item_ids: Sequence[int]) -> DeleteReport:
    """Delete items; their files stay, and `restore_items` brings them back."""
    with catalogue.reading() as snapshot:
        gallery_id = snapshot.gallery(gallery_name).id
    with catalogue.writing(gallery_id) as work:
        n_deleted = work.delete_items(item_ids)
        work.commit()
    return DeleteReport(n_deleted)


def delete_and_verify(
    catalogue: Catalogue, searcher: Searcher, gallery_name: str, item_ids: Sequence[int]
) -> DeleteReport:
    """Delete items, then ask for each by its own former embeddings and by its number.

    A search by an item's own embedding would find it first, so its absence there, in the same
    index that answers everybody, is the proof.
    """
    vectors = _vectors(catalogue, gallery_name, item_ids)
    report = delete_items(catalogue, gallery_name, item_ids)
    listed = searcher.answer(
        Query(where=Or(tuple(ItemIs(item_id) for item_id in item_ids)), limit=len(item_ids))
    )
    found = {hit.item.id for hit in listed.hits}
    state = searcher.state
    if state is not None:
        for vector in vectors:
            nearest = state.nearest(vector.astype(np.float32), 1 + len(item_ids))
            found.update(set(nearest.item_ids.tolist()) & set(item_ids))
    return DeleteReport(report.n_deleted, tuple(sorted(found)))


def _vectors(catalogue: Catalogue, gallery_name: str, item_ids: Sequence[int]) -> HalfMatrix:
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        if gallery.active_space_id is None:
            return np.empty((0, 0), np.float16)
        return snapshot.item_rows(gallery.id, gallery.active_space_id, item_ids).vectors
