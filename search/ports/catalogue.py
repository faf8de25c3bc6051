"""The seam to the store: SQL is the only truth, and everything else can be made from it.

A `Catalogue` opens two kinds of blocks. `reading()` gives one consistent snapshot. `writing(id)`
gives a unit of work on one gallery that rolls back unless `commit()` is called; a commit that
changed anything searchable takes the gallery's next revision as its last statement and stamps
what changed with it, so commit order is revision order.

    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
    with catalogue.writing(gallery.id) as work:
        work.add_tags(item_ids, ["beach"], origin=TagOrigin.PERSON)
        revision = work.commit()

No embedding is computed while either block is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from search.domain.arrays import IdArray
from search.domain.column import Column
from search.domain.facet import FacetCount
from search.domain.gallery import (
    FailedFile,
    Gallery,
    GalleryCounts,
    GallerySpace,
    GenerationRow,
    Lease,
    WantedRecall,
)
from search.domain.indexing import (
    Changes,
    ClaimedVector,
    ClaimedView,
    CommitReport,
    FailedPicture,
    FileStamp,
    IndexedPicture,
    KnownFile,
    MovedFile,
    Root,
    RootKind,
    ViewRows,
)
from search.domain.item import ItemRecord, ItemState, TagOrigin, ViewRecord
from search.domain.space import EmbeddingSpace
from search.filters.ast import Filter
from search.ports.categories import CategoryReading, CategoryWriting
from search.ports.job_store import JobStore
from search.ports.key_store import KeyStore


class Snapshot(CategoryReading, Protocol):
    """One consistent reading of the database. Methods raise NotFoundError for unknown galleries."""

    # Galleries and spaces

    def galleries(self) -> Sequence[Gallery]: ...

    def gallery(self, name: str) -> Gallery: ...

    def gallery_by_id(self, gallery_id: int) -> Gallery: ...

    def spaces(self, gallery_id: int) -> Sequence[GallerySpace]: ...

    def generation(self, generation_id: int) -> GenerationRow: ...

    def generations(self, gallery_id: int) -> Sequence[GenerationRow]:
        """All published generations, newest first."""

    # What searches need

    def changes(self, gallery_id: int, space_id: str, since: int) -> Changes:
        """Every item changed after revision `since`, reloaded whole, as `space_id` sees it."""

    def view_rows(
        self, gallery_id: int, space_id: str, block_rows: int = 65_536
    ) -> Iterator[ViewRows]:
        """All findable embedded views, ordered by item then view, in blocks."""

    def matching_items(
        self,
        gallery_id: int,
        where: Filter,
        *,
        among: IdArray | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> IdArray:
        """Ids of the live items that the filter matches, int64, ascending; of these the first
        `limit` after the first `offset`.

        Args:
            among: only of these items.
        """

    def number_column(self, gallery_id: int, key: str, *, among: IdArray | None = None) -> Column:
        """The numbers of an attribute that live items have.

        Args:
            among: only of these items.
        """

    def facet_column(self, gallery_id: int, key: str, *, among: IdArray | None = None) -> Column:
        """How live items divide by one of the keys of `facet_counts`, an item as often as it has
        values. `among` as in `number_column`."""

    def stamped_items(self, gallery_id: int, since: int, limit: int) -> IdArray:
        """Ids of the items, in any state, of which something has changed after a revision; int64,
        in no certain order, at most `limit` of them. Purged items are not told: who knows a
        gallery as it was before `pruned_below` asks for everything anew."""

    def items(self, gallery_id: int, item_ids: Sequence[int]) -> Sequence[ItemRecord]:
        """The items asked for that exist, in any state, in the order of `item_ids`."""

    def list_items(
        self,
        gallery_id: int,
        *,
        state: ItemState | None = None,
        after_id: int = 0,
        limit: int = 1000,
    ) -> Sequence[ItemRecord]:
        """Items by ascending id, for paging through a gallery."""

    def find_items(self, gallery_id: int, reference: str) -> Sequence[int]:
        """Ids of the items a person means: an id, an absolute path, a sku, or a unique path end."""

    def item_rows(self, gallery_id: int, space_id: str, item_ids: Sequence[int]) -> ViewRows:
        """The embedded live views of these items in a space."""

    def tags(self, gallery_id: int) -> Sequence[tuple[str, int]]:
        """Tags and how many live items carry them, most frequent first."""

    def attribute_keys(self, gallery_id: int) -> Sequence[str]:
        """Keys of attributes that live items have, in order."""

    def attribute_values(
        self, gallery_id: int, key: str, prefix: str = "", limit: int = 10
    ) -> Sequence[tuple[str, int]]:
        """Texts of an attribute that begin so, whatever their case, and how many live items have
        each, most frequent first."""

    def facet_counts(
        self, gallery_id: int, where: Filter, keys: Sequence[str], limit: int = 20
    ) -> tuple[int, Mapping[str, Sequence[FacetCount]]]:
        """How many live items match, and for each key its most frequent values among them.

        Keys are `tag`, `category`, `kind`, `year` and `month` (of `taken_at`), or an attribute's.
        Of months there are all, the earliest first.
        """

    # What the indexer and the administrator need

    def roots(self, gallery_id: int) -> Sequence[Root]: ...

    def known_files(self, root_id: int, below: str = "") -> Iterable[KnownFile]:
        """Every file of earlier scans under the folder `below` ("" is the whole root)."""

    def files_by_hash(self, gallery_id: int, hashes: Sequence[str]) -> Iterable[KnownFile]:
        """Known files with one of these contents."""

    def hashes_of_sizes(
        self, gallery_id: int, sizes: Sequence[int]
    ) -> Mapping[int, frozenset[str]]:
        """Contents of known files by size in bytes, to recognise a moved file before decoding."""

    def stored_vectors(self, space_id: str, hashes: Sequence[str]) -> Mapping[str, object]:
        """Vectors already stored in a space by content hash (float16, shape (dim,))."""

    def counts(self, gallery_id: int) -> GalleryCounts: ...

    def n_unembedded(self, gallery_id: int, space_id: str) -> int:
        """Live views without an embedding in the space."""

    def failed_files(self, gallery_id: int) -> Sequence[FailedFile]: ...

    def live_views(
        self, gallery_id: int, after_id: int = 0, limit: int = 1000
    ) -> Sequence[ViewRecord]:
        """Live views by ascending id, for `verify`."""


class UnitOfWork(CategoryWriting, Protocol):
    """Changes to one gallery, all or nothing. A lost lease raises ConflictError on commit."""

    def commit(self) -> int:
        """Make the changes durable; returns the gallery's revision after it."""

    # Spaces and generations

    def add_space(self, space: EmbeddingSpace, *, wanted: bool = True) -> None:
        """Add a space to the gallery, or want it again; nothing else changes."""

    def set_wanted(self, space_id: str, wanted: bool) -> None: ...

    def activate_space(self, space_id: str) -> None:
        """Searches use this space from the commit on; the one before it stays for rollback."""

    def remove_space(self, space_id: str) -> None:
        """Drop a space that is neither active nor previous, with its embeddings."""

    def set_wanted_recall(self, wanted: WantedRecall) -> None:
        """Each build of the gallery's index is tuned to it from the commit on."""

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
        """Publish a generation and make it the one searches use, if the lease still holds."""

    def remove_generations(self, generation_ids: Sequence[int]) -> None: ...

    # What scans find

    def root(self, path: str, kind: RootKind, device: int | None) -> Root:
        """The root at this absolute path, made if it is new, its device brought up to date."""

    def store_pictures(self, pictures: Sequence[IndexedPicture]) -> CommitReport:
        """Store files, items, views, attributes, file tags and embeddings together.

        A picture whose slot already holds the same content only refreshes stamp and facts; other
        content makes a new view and retires the old one. A deleted item stays deleted.
        """

    def store_failures(self, failures: Sequence[FailedPicture]) -> None:
        """Record unreadable files. Views they had stay findable: a failed read is no deletion."""

    def store_containers(self, root_id: int, containers: Mapping[str, FileStamp]) -> None: ...

    def refresh_files(self, stamps: Mapping[int, FileStamp]) -> None:
        """New stamps for files, by file id, whose content turned out to be the same."""

    def move_files(self, moves: Sequence[MovedFile]) -> None:
        """Files found elsewhere: items keep id, tags and embeddings, and are live again."""

    def mark_missing(self, file_ids: Sequence[int]) -> None:
        """Files gone: their views are hidden, and their items when no live view is left."""

    def mark_found(self, stamps: Mapping[int, FileStamp]) -> None:
        """Missing files that are back unchanged, by file id."""

    # Embedding what is stored

    def claim_views(
        self, space_id: str, *, holder: str, limit: int, lease_s: float
    ) -> Sequence[ClaimedView]:
        """Live views without an embedding in the space that nobody else holds; commit to keep.

        PostgreSQL passes over rows that others are claiming (FOR UPDATE SKIP LOCKED).
        """

    def store_vectors(self, space_id: str, vectors: Sequence[ClaimedVector]) -> CommitReport:
        """Keep embeddings whose view, hash and claim token still match; others are superseded."""

    def release_views(self, space_id: str, claims: Iterable[ClaimedView]) -> None: ...

    # What people decide

    def add_tags(self, item_ids: Sequence[int], names: Sequence[str], *, origin: TagOrigin) -> int:
        """Returns how many item-tag pairs are new."""

    def remove_tags(self, item_ids: Sequence[int], names: Sequence[str]) -> int:
        """A file's own keyword that a person removed does not come back with the next scan."""

    def delete_items(self, item_ids: Sequence[int]) -> int: ...

    def restore_items(self, item_ids: Sequence[int]) -> int: ...

    def purge(self, *, missing_too: bool = False) -> int:
        """Forget retired views, deleted items' embeddings and, if asked, missing items for good.

        Only what lies below the revision of every kept generation; records `pruned_below`.
        Returns the number of views removed.
        """


class Catalogue(Protocol):
    """The database, opened. Any number of threads may open blocks at once."""

    def reading(self) -> AbstractContextManager[Snapshot]: ...

    def writing(self, gallery_id: int) -> AbstractContextManager[UnitOfWork]: ...

    def create_gallery(self, name: str) -> Gallery:
        """Raises ConflictError where the name is taken, UsageError where it is not a name."""

    def rename_gallery(self, gallery_id: int, name: str) -> None: ...

    def delete_gallery(self, gallery_id: int) -> None: ...

    def acquire_lease(self, name: str, *, holder: str, lease_s: float) -> Lease | None:
        """The lease, or None while another holder has it; expired ones are taken over."""

    def renew_lease(self, lease: Lease, lease_s: float) -> Lease:
        """Raises ConflictError where the lease was lost."""

    def release_lease(self, lease: Lease) -> None: ...

    @property
    def key_store(self) -> KeyStore:
        """Keys of the service."""

    @property
    def job_store(self) -> JobStore:
        """What the service was asked to do in the background."""

    def problems(self) -> Iterator[str]:
        """What `verify` finds wrong inside the database itself, one sentence each."""

    def close(self) -> None: ...
