"""The part of a catalogue that searching and folding need, in memory, for property tests.

It keeps the ports' promises in the plainest way: a reading is a copy, a change a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock

import numpy as np

from search.domain.arrays import HalfMatrix, IdArray
from search.domain.column import Column
from search.domain.gallery import Gallery, GallerySpace, GenerationRow, Lease
from search.domain.indexing import Changes, ViewRows
from search.domain.item import Attributes, ItemKind, ItemRecord, ItemState, ViewRecord
from search.domain.space import EmbeddingSpace
from search.errors import ConflictError, NotFoundError
from search.filters.ast import Filter, NumberWithin
from tests.support.filters import holds

GALLERY_ID = 1


@dataclass(frozen=True)
class Contents:
    """All of one gallery at one moment. `vectors`: by view id, then space id."""

    gallery: Gallery
    spaces: Mapping[str, GallerySpace] = field(default_factory=dict)
    items: Mapping[int, ItemRecord] = field(default_factory=dict)
    vectors: Mapping[int, Mapping[str, HalfMatrix]] = field(default_factory=dict)
    generations: Mapping[int, GenerationRow] = field(default_factory=dict)
    next_id: int = 1


class MemorySnapshot:
    """One `Contents`, read as a `Snapshot`."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def gallery(self, name: str) -> Gallery:
        if name != self._contents.gallery.name:
            raise NotFoundError(f"There is no gallery {name}.")
        return self._contents.gallery

    def gallery_by_id(self, gallery_id: int) -> Gallery:
        return self._contents.gallery

    def spaces(self, gallery_id: int) -> Sequence[GallerySpace]:
        return list(self._contents.spaces.values())

    def generation(self, generation_id: int) -> GenerationRow:
        return self._contents.generations[generation_id]

    def generations(self, gallery_id: int) -> Sequence[GenerationRow]:
        return sorted(self._contents.generations.values(), key=lambda row: -row.id)

    def changes(self, gallery_id: int, space_id: str, since: int) -> Changes:
        changed = sorted(i.id for i in self._contents.items.values() if i.revision > since)
        rows = self.item_rows(gallery_id, space_id, changed)
        return Changes(self._contents.gallery.revision, np.array(changed, np.int64), rows)

    def view_rows(
        self, gallery_id: int, space_id: str, block_rows: int = 65_536
    ) -> Iterator[ViewRows]:
        rows = self.item_rows(gallery_id, space_id, sorted(self._contents.items))
        for start in range(0, len(rows), block_rows):
            block = slice(start, start + block_rows)
            yield ViewRows(rows.view_ids[block], rows.item_ids[block], rows.vectors[block])

    def matching_items(
        self,
        gallery_id: int,
        where: Filter,
        *,
        among: IdArray | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> IdArray:
        found = [
            item.id
            for item in self._contents.items.values()
            if item.state is ItemState.LIVE
            and holds(where, item)
            and (among is None or item.id in among)
        ]
        end = None if limit is None else offset + limit
        return np.array(sorted(found)[offset:end], np.int64)

    def number_column(self, gallery_id: int, key: str, *, among: IdArray | None = None) -> Column:
        found = self.matching_items(gallery_id, NumberWithin(key), among=among)
        numbers = [item.attributes[key].number for item in self.items(gallery_id, found.tolist())]
        return Column.of(found, np.array(numbers, np.float64))

    def stamped_items(self, gallery_id: int, since: int, limit: int) -> IdArray:
        stamped = [item.id for item in self._contents.items.values() if item.revision > since]
        return np.array(stamped[:limit], np.int64)

    def items(self, gallery_id: int, item_ids: Sequence[int]) -> Sequence[ItemRecord]:
        return [self._contents.items[i] for i in item_ids if i in self._contents.items]

    def item_rows(self, gallery_id: int, space_id: str, item_ids: Sequence[int]) -> ViewRows:
        found = [
            (view.id, item.id, self._contents.vectors[view.id][space_id])
            for item in self.items(gallery_id, sorted(item_ids))
            if item.state is ItemState.LIVE
            for view in sorted(item.views, key=lambda view: view.id)
            if space_id in self._contents.vectors[view.id]
        ]
        dim = self._contents.spaces[space_id].space.dim
        return ViewRows(
            np.array([view_id for view_id, _, _ in found], np.int64),
            np.array([item_id for _, item_id, _ in found], np.int64),
            np.array([vector for _, _, vector in found], np.float16).reshape(-1, dim),
        )


class MemoryWork:
    """Changes to spaces and generations that become true with `commit`."""

    def __init__(self, catalogue: MemoryCatalogue) -> None:
        self._catalogue = catalogue
        self._contents = catalogue.contents

    def commit(self) -> int:
        self._catalogue.contents = self._contents
        return self._contents.gallery.revision

    def add_space(self, space: EmbeddingSpace, *, wanted: bool = True) -> None:
        row = GallerySpace(space, wanted, None, None)
        self._contents = replace(self._contents, spaces={space.id: row, **self._contents.spaces})

    def activate_space(self, space_id: str) -> None:
        old = self._contents.gallery
        gallery = replace(old, active_space_id=space_id, previous_space_id=old.active_space_id)
        self._contents = replace(self._contents, gallery=gallery)

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
        if self._catalogue.leases.get(lease.name) != lease.token:
            raise ConflictError("The lease was lost.")
        row = GenerationRow(
            self._contents.next_id, space_id, folder, revision, n_rows, manifest_digest
        )
        space = self._contents.spaces[space_id]
        used = replace(space, generation_id=row.id, previous_generation_id=space.generation_id)
        self._contents = replace(
            self._contents,
            generations={**self._contents.generations, row.id: row},
            spaces={**self._contents.spaces, space_id: used},
            next_id=row.id + 1,
        )
        return row

    def remove_generations(self, generation_ids: Sequence[int]) -> None:
        kept = {
            number: row
            for number, row in self._contents.generations.items()
            if number not in generation_ids
        }
        self._contents = replace(self._contents, generations=kept)


class MemoryCatalogue:
    """A `Catalogue` of one gallery called `default`."""

    def __init__(self) -> None:
        self._writing = RLock()
        self.contents = Contents(Gallery(GALLERY_ID, "default", "epoch", 0, 0, None, None))
        self.leases: dict[str, int] = {}
        self._n_leases = 0

    @contextmanager
    def reading(self) -> Iterator[MemorySnapshot]:
        yield MemorySnapshot(self.contents)

    @contextmanager
    def writing(self, gallery_id: int) -> Iterator[MemoryWork]:
        with self._writing:
            yield MemoryWork(self)

    def acquire_lease(self, name: str, *, holder: str, lease_s: float) -> Lease | None:
        with self._writing:
            if name in self.leases:
                return None
            self._n_leases += 1
            self.leases[name] = self._n_leases
            return Lease(name, holder, self._n_leases, lease_s)

    def renew_lease(self, lease: Lease, lease_s: float) -> Lease:
        if self.leases.get(lease.name) != lease.token:
            raise ConflictError("The lease was lost.")
        return lease

    def release_lease(self, lease: Lease) -> None:
        with self._writing:
            if self.leases.get(lease.name) == lease.token:
                del self.leases[lease.name]

    # What tests do to the gallery; each is one commit and one revision.

    def change_space(self, space: EmbeddingSpace, *, activate: bool = True) -> None:
        with self.writing(GALLERY_ID) as work:
            work.add_space(space)
            if activate:
                work.activate_space(space.id)
            work.commit()

    def add_item(
        self,
        vectors: Sequence[Mapping[str, HalfMatrix]],
        *,
        tags: Sequence[str] = (),
        attributes: Attributes | None = None,
        uri: str = "",
    ) -> int:
        """A new item, one view for each mapping of space id to vector; returns its id."""
        with self._writing:
            item_id = self.contents.next_id
            views = self._new_views(item_id, vectors, uri or f"/photos/{item_id}.jpg")
            item = ItemRecord(
                id=item_id,
                kind=ItemKind.PHOTO,
                uri=uri or f"/photos/{item_id}.jpg",
                title="",
                state=ItemState.LIVE,
                revision=0,
                tags=tuple(tags),
                attributes=attributes or {},
                views=views,
            )
            self._stamp(item)
            return item_id

    def replace_views(self, item_id: int, vectors: Sequence[Mapping[str, HalfMatrix]]) -> None:
        with self._writing:
            item = self.contents.items[item_id]
            self._stamp(replace(item, views=self._new_views(item_id, vectors, item.uri)))

    def embed(self, item_id: int, space_id: str, vectors: Sequence[HalfMatrix]) -> None:
        """Give an item's views their vectors in a further space."""
        with self._writing:
            item = self.contents.items[item_id]
            kept = dict(self.contents.vectors)
            for view, vector in zip(item.views, vectors, strict=True):
                kept[view.id] = {**kept[view.id], space_id: vector}
            self.contents = replace(self.contents, vectors=kept)
            self._stamp(item)

    def alter(self, item_id: int, change: Callable[[ItemRecord], ItemRecord]) -> None:
        with self._writing:
            self._stamp(change(self.contents.items[item_id]))

    def tag(self, item_id: int, name: str) -> None:
        self.alter(item_id, lambda item: replace(item, tags=(*item.tags, name)))

    def set_state(self, item_id: int, state: ItemState) -> None:
        self.alter(item_id, lambda item: replace(item, state=state))

    def alter_gallery(self, **fields: object) -> None:
        with self._writing:
            gallery = replace(self.contents.gallery, **fields)  # type: ignore[arg-type]
            self.contents = replace(self.contents, gallery=gallery)

    def _new_views(
        self, item_id: int, vectors: Sequence[Mapping[str, HalfMatrix]], uri: str
    ) -> tuple[ViewRecord, ...]:
        first = max(item_id, self.contents.next_id) + 1
        views = tuple(
            ViewRecord(first + at, at, uri, f"hash{first + at}", 8, 8) for at in range(len(vectors))
        )
        kept = {view.id: dict(by_space) for view, by_space in zip(views, vectors, strict=True)}
        self.contents = replace(
            self.contents,
            vectors={**self.contents.vectors, **kept},
            next_id=first + len(vectors),
        )
        return views

    def _stamp(self, item: ItemRecord) -> None:
        revision = self.contents.gallery.revision + 1
        self.contents = replace(
            self.contents,
            gallery=replace(self.contents.gallery, revision=revision),
            items={**self.contents.items, item.id: replace(item, revision=revision)},
        )
