"""`search.ports.catalogue.Snapshot` over one open transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from search.adapters.sql import (
    columns,
    counting,
    embeddings,
    facets,
    files,
    galleries,
    item_records,
    items,
    tags,
)
from search.adapters.sql.categories import SqlCategoryReading
from search.adapters.sql.filters import matching_items
from search.domain.arrays import IdArray
from search.domain.column import Column
from search.domain.facet import FacetCount
from search.domain.gallery import (
    FailedFile,
    Gallery,
    GalleryCounts,
    GallerySpace,
    GenerationRow,
)
from search.domain.indexing import Changes, KnownFile, Root, ViewRows
from search.domain.item import ItemRecord, ItemState, ViewRecord
from search.filters.ast import Filter


class SqlSnapshot(SqlCategoryReading):
    """Everything read through one snapshot is of the same moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def galleries(self) -> Sequence[Gallery]:
        return galleries.all_galleries(self._connection)

    def gallery(self, name: str) -> Gallery:
        return galleries.gallery_named(self._connection, name)

    def gallery_by_id(self, gallery_id: int) -> Gallery:
        return galleries.gallery_numbered(self._connection, gallery_id)

    def spaces(self, gallery_id: int) -> Sequence[GallerySpace]:
        return galleries.spaces_of(self._connection, gallery_id)

    def generation(self, generation_id: int) -> GenerationRow:
        return galleries.generation_numbered(self._connection, generation_id)

    def generations(self, gallery_id: int) -> Sequence[GenerationRow]:
        return galleries.generations_of(self._connection, gallery_id)

    def changes(self, gallery_id: int, space_id: str, since: int) -> Changes:
        return embeddings.changes(self._connection, gallery_id, space_id, since)

    def view_rows(
        self, gallery_id: int, space_id: str, block_rows: int = 65_536
    ) -> Iterator[ViewRows]:
        return embeddings.view_rows(self._connection, gallery_id, space_id, block_rows)

    def matching_items(
        self,
        gallery_id: int,
        where: Filter,
        *,
        among: IdArray | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> IdArray:
        return matching_items(
            self._connection, gallery_id, where, among=among, offset=offset, limit=limit
        )

    def number_column(self, gallery_id: int, key: str, *, among: IdArray | None = None) -> Column:
        return columns.number_column(self._connection, gallery_id, key, among=among)

    def facet_column(self, gallery_id: int, key: str, *, among: IdArray | None = None) -> Column:
        return columns.facet_column(self._connection, gallery_id, key, among=among)

    def stamped_items(self, gallery_id: int, since: int, limit: int) -> IdArray:
        return items.stamped_items(self._connection, gallery_id, since, limit)

    def items(self, gallery_id: int, item_ids: Sequence[int]) -> Sequence[ItemRecord]:
        return item_records.item_records(self._connection, gallery_id, item_ids)

    def list_items(
        self,
        gallery_id: int,
        *,
        state: ItemState | None = None,
        after_id: int = 0,
        limit: int = 1000,
    ) -> Sequence[ItemRecord]:
        return item_records.list_items(self._connection, gallery_id, state, after_id, limit)

    def find_items(self, gallery_id: int, reference: str) -> Sequence[int]:
        return items.find_items(self._connection, gallery_id, reference)

    def item_rows(self, gallery_id: int, space_id: str, item_ids: Sequence[int]) -> ViewRows:
        return embeddings.item_rows(self._connection, gallery_id, space_id, item_ids)

    def tags(self, gallery_id: int) -> Sequence[tuple[str, int]]:
        return tags.tag_counts(self._connection, gallery_id)

    def attribute_keys(self, gallery_id: int) -> Sequence[str]:
        return facets.attribute_keys(self._connection, gallery_id)

    def attribute_values(
        self, gallery_id: int, key: str, prefix: str = "", limit: int = 10
    ) -> Sequence[tuple[str, int]]:
        return facets.attribute_values(self._connection, gallery_id, key, prefix, limit)

    def facet_counts(
        self, gallery_id: int, where: Filter, keys: Sequence[str], limit: int = 20
    ) -> tuple[int, Mapping[str, Sequence[FacetCount]]]:
        return facets.facet_counts(self._connection, gallery_id, where, keys, limit)

    def roots(self, gallery_id: int) -> Sequence[Root]:
        return files.roots_of(self._connection, gallery_id)

    def known_files(self, root_id: int, below: str = "") -> Iterable[KnownFile]:
        return files.known_files(self._connection, root_id, below)

    def files_by_hash(self, gallery_id: int, hashes: Sequence[str]) -> Iterable[KnownFile]:
        return files.files_by_hash(self._connection, gallery_id, hashes)

    def hashes_of_sizes(
        self, gallery_id: int, sizes: Sequence[int]
    ) -> Mapping[int, frozenset[str]]:
        return files.hashes_of_sizes(self._connection, gallery_id, sizes)

    def stored_vectors(self, space_id: str, hashes: Sequence[str]) -> Mapping[str, object]:
        return embeddings.stored_vectors(self._connection, space_id, hashes)

    def counts(self, gallery_id: int) -> GalleryCounts:
        return counting.counts(self._connection, gallery_id)

    def n_unembedded(self, gallery_id: int, space_id: str) -> int:
        return embeddings.n_unembedded(self._connection, gallery_id, space_id)

    def failed_files(self, gallery_id: int) -> Sequence[FailedFile]:
        return files.failed_files(self._connection, gallery_id)

    def live_views(
        self, gallery_id: int, after_id: int = 0, limit: int = 1000
    ) -> Sequence[ViewRecord]:
        return item_records.live_views(self._connection, gallery_id, after_id, limit)
