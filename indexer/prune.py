"""Removes what is no longer needed: old generations, crashes' leftovers, retired rows."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from indexer.folding import LEASE_S, lease_name, remove_superseded
from indexer.leases import LeaseKeeper, new_holder
from search.adapters.files.durable import folder_bytes
from search.adapters.files.generations import GenerationStore
from search.ports.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What was removed.

    Attributes:
        bytes_freed: of generations; the database keeps its file's size and fills it again.
        n_views: retired views, and missing items' if asked, that are forgotten for good.
        removed_spaces: ids of the spaces whose embeddings are gone.
        busy: ids of the spaces left alone, because a build is going on there.
    """

    bytes_freed: int
    n_views: int
    removed_spaces: tuple[str, ...]
    busy: tuple[str, ...]


def prune(
    catalogue: Catalogue,
    store: GenerationStore,
    gallery_name: str,
    *,
    missing_too: bool = False,
    unused_spaces: bool = False,
) -> PruneReport:
    """Remove what searches, rollback and `restore` of items no longer need.

    Args:
        missing_too: forget items whose files are gone, with their tags.
        unused_spaces: drop the embeddings of spaces that are neither active, previous nor wanted.
    Raises:
        NotFoundError: there is no such gallery.
    """
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        spaces = snapshot.spaces(gallery.id)
    needed = {gallery.active_space_id, gallery.previous_space_id}
    bytes_freed, busy, removed = 0, [], []
    for space in spaces:
        space_id = space.space.id
        unused = unused_spaces and not space.wanted and space_id not in needed
        freed = remove_leftovers(catalogue, store, gallery.id, space_id, with_space=unused)
        if freed is None:
            busy.append(space_id)
        else:
            bytes_freed += freed
            removed += [space_id] if unused else []
    with catalogue.writing(gallery.id) as work:
        n_views = work.purge(missing_too=missing_too)
        work.commit()
    return PruneReport(bytes_freed, n_views, tuple(removed), tuple(busy))


def remove_leftovers(
    catalogue: Catalogue,
    store: GenerationStore,
    gallery_id: int,
    space_id: str,
    *,
    with_space: bool = False,
) -> int | None:
    """Remove a space's superseded generations and orphans; None where a build is going on.

    Args:
        with_space: remove the space itself from the gallery, with its embeddings.
    Returns:
        The bytes freed.
    Raises:
        ConflictError: the space to be removed is in use.
    """
    lease = catalogue.acquire_lease(
        lease_name(gallery_id, space_id), holder=new_holder(), lease_s=LEASE_S
    )
    if lease is None:
        return None
    with LeaseKeeper(catalogue, lease, LEASE_S):
        if not with_space:
            return remove_superseded(catalogue, store, gallery_id, space_id)
        with catalogue.writing(gallery_id) as work:
            work.remove_space(space_id)
            work.commit()
        with catalogue.reading() as snapshot:
            gallery = snapshot.gallery_by_id(gallery_id)
        folders = store.folders(gallery, space_id=space_id)
        return sum(store.remove(gallery, folder) for folder in folders)


def remove_unnamed_galleries(catalogue: Catalogue, store: GenerationStore) -> int:
    """Remove generations of galleries that this database does not have; returns bytes freed.

    Only for a store that no other database writes to: theirs would look just the same.
    """
    with catalogue.reading() as snapshot:
        unnamed = store.unnamed_galleries(snapshot.galleries())
    bytes_freed = 0
    for path in unnamed:
        bytes_freed += folder_bytes(path)
        shutil.rmtree(path, ignore_errors=True)
    return bytes_freed
