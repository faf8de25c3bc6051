"""Makes again what is derived and broken. Items, tags and embeddings are never touched."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.folding import fold, needs_folding
from indexer.generation_checks import BrokenGeneration, broken_generations
from indexer.prune import remove_leftovers
from search.adapters.files.generations import GenerationStore
from search.domain.gallery import Gallery, GallerySpace
from search.ports.catalogue import Catalogue
from search.ports.vector_index import VectorIndexBuilder


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did.

    Attributes:
        rebuilt: ids of the spaces that got a new generation.
        n_removed: broken generations that were removed.
        bytes_freed: of orphans and broken generations.
        busy: ids of the spaces left alone, because a build is going on there.
        n_unembedded: live views without an embedding in the active space; they cannot be found
            until `sightline index` embeds them.
    """

    rebuilt: tuple[str, ...]
    n_removed: int
    bytes_freed: int
    busy: tuple[str, ...]
    n_unembedded: int


def repair(
    catalogue: Catalogue,
    store: GenerationStore,
    index_builder: VectorIndexBuilder,
    gallery_name: str,
) -> RepairReport:
    """Rebuild generations that are missing or broken, and remove what crashes left.

    Raises:
        NotFoundError: there is no such gallery.
        VectorIndexError: the disk refuses.
    """
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        spaces = snapshot.spaces(gallery.id)
        broken = list(broken_generations(snapshot, store, index_builder, gallery, digests=True))
    rebuilt: list[str] = []
    busy: list[str] = []
    n_removed = bytes_freed = 0
    for space in spaces:
        space_id = space.space.id
        theirs = [one for one in broken if one.row.space_id == space_id]
        if _wants_building(catalogue, store, index_builder, gallery, space, theirs):
            built = fold(catalogue, store, index_builder, gallery.id, space_id)
            (busy if built is None else rebuilt).append(space_id)
        if space_id not in busy and theirs:
            n_removed += _forget(catalogue, gallery, theirs)
        bytes_freed += remove_leftovers(catalogue, store, gallery.id, space_id) or 0
    with catalogue.reading() as snapshot:
        active = gallery.active_space_id
        n_unembedded = snapshot.n_unembedded(gallery.id, active) if active else 0
    return RepairReport(tuple(rebuilt), n_removed, bytes_freed, tuple(busy), n_unembedded)


def _wants_building(
    catalogue: Catalogue,
    store: GenerationStore,
    index_builder: VectorIndexBuilder,
    gallery: Gallery,
    space: GallerySpace,
    broken: list[BrokenGeneration],
) -> bool:
    if any(one.is_active for one in broken):
        return True
    return needs_folding(catalogue, store, index_builder, gallery.id, space.space.id)


def _forget(catalogue: Catalogue, gallery: Gallery, broken: list[BrokenGeneration]) -> int:
    with catalogue.writing(gallery.id) as work:
        work.remove_generations([one.row.id for one in broken])
        work.commit()
    return len(broken)
