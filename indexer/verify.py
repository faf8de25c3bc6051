"""Checks a gallery's database, files and generations against each other; changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from indexer.folding import lease_name
from indexer.generation_checks import broken_generations
from indexer.leases import new_holder
from indexer.paths import split_member
from indexer.sources.readers import ReaderCache, root_folder
from search.adapters.files.generations import GenerationStore
from search.domain.gallery import Gallery, GallerySpace
from search.domain.indexing import FileStatus, KnownFile, Root
from search.errors import PictureError
from search.ports.catalogue import Catalogue, Snapshot
from search.ports.vector_index import VectorIndexBuilder

_INDEX_AGAIN = "Run `sightline index` again."
_REPAIR = "Run `sightline repair`."


class ProblemKind(StrEnum):
    DATABASE = "database"
    FILE = "file"
    EMBEDDING = "embedding"
    GENERATION = "generation"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be: one sentence, and one that says what to do."""

    kind: ProblemKind
    what: str
    hint: str


def verify(
    catalogue: Catalogue,
    store: GenerationStore,
    index_builder: VectorIndexBuilder,
    gallery_name: str,
    *,
    digests: bool = True,
) -> list[Problem]:
    """Everything found wrong, the database first; an empty list is a sound gallery.

    Args:
        digests: also read every byte of pictures and generations.
    """
    found = [
        Problem(ProblemKind.DATABASE, sentence, "Restore a backup with `sightline restore`.")
        for sentence in catalogue.problems()
    ]
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        for root in snapshot.roots(gallery.id):
            found.extend(_file_problems(snapshot, root, digests))
        for space in snapshot.spaces(gallery.id):
            found.extend(_embedding_problems(snapshot, gallery, space))
        for broken in broken_generations(snapshot, store, index_builder, gallery, digests=digests):
            found.append(Problem(ProblemKind.GENERATION, broken.reason, _REPAIR))
    found.extend(_orphan_problems(catalogue, store, gallery))
    return found


def _file_problems(snapshot: Snapshot, root: Root, digests: bool) -> Iterator[Problem]:
    if not Path(root.path).exists():
        yield Problem(
            ProblemKind.FILE,
            f"{root.path} is not there.",
            "Connect its disk, or run `sightline index` on it to mark its items missing.",
        )
        return
    reader = ReaderCache()
    try:
        for known in snapshot.known_files(root.id):
            if known.status not in (FileStatus.MISSING, FileStatus.FAILED):
                reason = _difference(root, known, reader, digests)
                if reason:
                    place = root_folder(root.path, root.kind) / known.slot.path
                    yield Problem(ProblemKind.FILE, f"{place}: {reason}", _INDEX_AGAIN)
    finally:
        reader.close()


def _difference(root: Root, known: KnownFile, reader: ReaderCache, digests: bool) -> str:
    """How a file differs from its record, "" where it does not."""
    home = root_folder(root.path, root.kind)
    member = split_member(known.slot.path, home)
    if member is None:
        try:
            size = (home / known.slot.path).stat().st_size
        except OSError as error:
            return f"{error.strerror}."
        if size != known.stamp.size_bytes:
            return f"it has {size} bytes instead of {known.stamp.size_bytes}."
    if digests and known.content_hash is not None:
        # A member is as long as its record says, or it is not the same content anyway.
        limit_bytes = known.stamp.size_bytes
        try:
            content = reader.read(root.path, root.kind, known.slot.path, limit_bytes)
        except PictureError as error:
            return error.message
        if hashlib.sha256(content).hexdigest() != known.content_hash:
            return "its content is not what was indexed."
    return ""


def _embedding_problems(
    snapshot: Snapshot, gallery: Gallery, space: GallerySpace
) -> Iterator[Problem]:
    is_active = space.space.id == gallery.active_space_id
    n_lacking = snapshot.n_unembedded(gallery.id, space.space.id) if is_active else 0
    if n_lacking:
        yield Problem(
            ProblemKind.EMBEDDING,
            f"{n_lacking} views have no embedding in {space.space.id} and cannot be found.",
            _INDEX_AGAIN,
        )


def _orphan_problems(
    catalogue: Catalogue, store: GenerationStore, gallery: Gallery
) -> Iterator[Problem]:
    with catalogue.reading() as snapshot:
        spaces = [space.space.id for space in snapshot.spaces(gallery.id)]
    for space_id in spaces:
        lease = catalogue.acquire_lease(
            lease_name(gallery.id, space_id), holder=new_holder(), lease_s=10
        )
        if lease is None:
            continue  # A build is going on: its folder is not named yet.
        try:
            with catalogue.reading() as snapshot:
                named = {row.folder for row in snapshot.generations(gallery.id)}
            for folder in store.folders(gallery, space_id=space_id):
                if folder not in named:
                    place = store.gallery_path(gallery) / folder
                    yield Problem(
                        ProblemKind.ORPHAN,
                        f"{place} is left over from an interrupted build.",
                        "Run `sightline prune`.",
                    )
        finally:
            catalogue.release_lease(lease)
