"""`search.ports.catalogue.UnitOfWork` over one writing transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from search.adapters.sql import claims as claiming
from search.adapters.sql import files, galleries, items, tags
from search.adapters.sql.categories import SqlCategoryWriting
from search.adapters.sql.guesses import remove_space_guesses
from search.adapters.sql.leases import require
from search.adapters.sql.moves import move_files
from search.adapters.sql.pictures import store_pictures
from search.adapters.sql.purging import purge
from search.adapters.sql.work import Work
from search.domain.gallery import GenerationRow, Lease, WantedRecall
from search.domain.indexing import (
    ClaimedVector,
    ClaimedView,
    CommitReport,
    FailedPicture,
    FileStamp,
    IndexedPicture,
    MovedFile,
    Root,
    RootKind,
)
from search.domain.item import TagOrigin
from search.domain.space import EmbeddingSpace
from search.errors import StoreError


class SqlUnitOfWork(SqlCategoryWriting):
    """All or nothing; usable until its one commit."""

    def __init__(self, work: Work) -> None:
        self._open_work: Work | None = work

    @property
    def _work(self) -> Work:
        if self._open_work is None:
            raise StoreError(
                "This unit of work is committed already.", hint="Open another for what follows."
            )
        return self._open_work

    def commit(self) -> int:
        work = self._work
        for lease in work.guards:
            require(work.connection, lease)
        revision = work.stamp()
        work.connection.commit()
        self._open_work = None
        return revision

    # Spaces and generations

    def add_space(self, space: EmbeddingSpace, *, wanted: bool = True) -> None:
        galleries.add_space(self._work, space, wanted=wanted)

    def set_wanted(self, space_id: str, wanted: bool) -> None:
        galleries.set_wanted(self._work, space_id, wanted)

    def activate_space(self, space_id: str) -> None:
        galleries.activate_space(self._work, space_id)

    def remove_space(self, space_id: str) -> None:
        galleries.remove_space(self._work, space_id)
        remove_space_guesses(self._work, space_id)

    def set_wanted_recall(self, wanted: WantedRecall) -> None:
        galleries.set_wanted_recall(self._work, wanted)

    def add_generation(
        self,
        *,
        space_id: str,
        folder: str,
        revision: int,
        n_rows: int,
        manifest_digest: str,
        lease: Lease,
    ) -> GenerationRow:
        return galleries.add_generation(
            self._work,
            space_id=space_id,
            folder=folder,
            revision=revision,
            n_rows=n_rows,
            manifest_digest=manifest_digest,
            lease=lease,
        )

    def remove_generations(self, generation_ids: Sequence[int]) -> None:
        galleries.remove_generations(self._work, generation_ids)

    # What scans find

    def root(self, path: str, kind: RootKind, device: int | None) -> Root:
        return files.root(self._work, path, kind, device)

    def store_pictures(self, pictures: Sequence[IndexedPicture]) -> CommitReport:
        return store_pictures(self._work, pictures)

    def store_failures(self, failures: Sequence[FailedPicture]) -> None:
        files.store_failures(self._work, failures)

    def store_containers(self, root_id: int, containers: Mapping[str, FileStamp]) -> None:
        files.store_containers(self._work, root_id, containers)

    def refresh_files(self, stamps: Mapping[int, FileStamp]) -> None:
        files.refresh_files(self._work, stamps)

    def move_files(self, moves: Sequence[MovedFile]) -> None:
        move_files(self._work, moves)

    def mark_missing(self, file_ids: Sequence[int]) -> None:
        files.mark_missing(self._work, file_ids)

    def mark_found(self, stamps: Mapping[int, FileStamp]) -> None:
        files.mark_found(self._work, stamps)

    # Embedding what is stored

    def claim_views(
        self, space_id: str, *, holder: str, limit: int, lease_s: float
    ) -> Sequence[ClaimedView]:
        return claiming.claim_views(
            self._work, space_id, holder=holder, limit=limit, lease_s=lease_s
        )

    def store_vectors(self, space_id: str, vectors: Sequence[ClaimedVector]) -> CommitReport:
        return claiming.store_vectors(self._work, space_id, vectors)

    def release_views(self, space_id: str, claims: Iterable[ClaimedView]) -> None:
        claiming.release_views(self._work, space_id, claims)

    # What people decide

    def add_tags(self, item_ids: Sequence[int], names: Sequence[str], *, origin: TagOrigin) -> int:
        return tags.add_tags(self._work, item_ids, names, origin=origin)

    def remove_tags(self, item_ids: Sequence[int], names: Sequence[str]) -> int:
        return tags.remove_tags(self._work, item_ids, names)

    def delete_items(self, item_ids: Sequence[int]) -> int:
        return items.delete_items(self._work, item_ids)

    def restore_items(self, item_ids: Sequence[int]) -> int:
        return items.restore_items(self._work, item_ids)

    def purge(self, *, missing_too: bool = False) -> int:
        return purge(self._work, missing_too=missing_too)
