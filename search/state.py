"""What a searcher holds: a generation, and exactly what has changed since.

A state is immutable and equals the database at one revision in one space. `advanced` makes the
next one from the changes after it, so a query that began with the old one is never disturbed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.gallery import Gallery
from search.domain.indexing import Changes, ViewRows
from search.domain.rowset import RowSet
from search.generations import Generation
from search.item_rows import ItemRows
from search.ports.vector_index import VectorIndex
from search.ranking import Scores, best_rows

_WIDENED_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Candidates:
    """Views of highest score, best first, ties by item, then view.

    Attributes:
        exact: every view that was allowed has been compared.
    """

    item_ids: IdArray
    view_ids: IdArray
    scores: Scores
    exact: bool

    def __len__(self) -> int:
        return len(self.item_ids)


@dataclass(frozen=True, slots=True)
class Among:
    """The only views that may answer.

    Attributes:
        rows: of the generation, and such as count; None where there is none.
        tail: of the tail, by their place there.
    """

    rows: RowSet | None
    tail: RowSet


@dataclass(frozen=True, slots=True)
class Tail:
    """Views outside the generation, ordered by item, then view; float32 while they are few."""

    view_ids: IdArray
    item_ids: IdArray
    vectors: HalfMatrix | FloatMatrix

    @classmethod
    def of(cls, rows: ViewRows) -> Tail:
        order = np.lexsort((rows.view_ids, rows.item_ids))
        vectors: HalfMatrix | FloatMatrix = rows.vectors[order]
        if len(order) <= _WIDENED_ROWS:
            vectors = vectors.astype(np.float32)
        return cls(rows.view_ids[order], rows.item_ids[order], vectors)

    @property
    def item_rows(self) -> ItemRows:
        """Which rows are whose."""
        return ItemRows(self.item_ids, self.view_ids)

    def without(self, item_ids: IdArray) -> ViewRows:
        """The rows of all other items."""
        kept = ~np.isin(self.item_ids, item_ids)
        vectors = self.vectors[kept].astype(np.float16)
        return ViewRows(self.view_ids[kept], self.item_ids[kept], vectors)

    def __len__(self) -> int:
        return len(self.view_ids)


@dataclass(frozen=True, slots=True)
class SearchState:
    """One gallery in one space at one revision.

    Attributes:
        generation_id: the generation SQL names, also where its files could not be used.
        generation, index: None where there is none; then all rows are in the tail.
        overlay: int64, ascending: items whose rows in the generation do not count.
        allowed: the generation's rows that count, None where all do.
    """

    gallery_id: int
    epoch: str
    space_id: str
    revision: int
    generation_id: int | None
    generation: Generation | None
    index: VectorIndex | None
    overlay: IdArray
    allowed: RowSet | None
    tail: Tail

    @property
    def n_masked_rows(self) -> int:
        """Rows of the generation that no longer count."""
        return 0 if self.allowed is None else self.allowed.n_all - self.allowed.n_rows

    @property
    def n_overlay_rows(self) -> int:
        """Rows of the tail, and of the generation that no longer count."""
        return len(self.tail) + self.n_masked_rows

    @property
    def n_rows(self) -> int:
        """Views that can be found."""
        n_generation = 0 if self.generation is None else len(self.generation)
        return n_generation - self.n_masked_rows + len(self.tail)

    @property
    def is_empty(self) -> bool:
        """Whether no view can be found."""
        if len(self.tail):
            return False
        if self.allowed is not None:
            return self.allowed.n_rows == 0
        return self.generation is None or not len(self.generation)

    def is_of(self, gallery: Gallery) -> bool:
        """Whether this state belongs to the gallery as it is now, and can catch up with it."""
        return (
            self.gallery_id == gallery.id
            and self.epoch == gallery.epoch
            and gallery.pruned_below <= self.revision <= gallery.revision
        )

    def advanced(self, changes: Changes) -> SearchState:
        """The state at the changes' revision."""
        if len(changes.item_ids) == 0:
            return replace(self, revision=changes.revision)
        differing = self._differing(changes)
        unlike_before = np.union1d(np.setdiff1d(self.overlay, changes.item_ids), differing)
        fresh = np.isin(changes.rows.item_ids, differing)
        tail = Tail.of(
            _joined(
                self.tail.without(changes.item_ids),
                ViewRows(
                    changes.rows.view_ids[fresh],
                    changes.rows.item_ids[fresh],
                    changes.rows.vectors[fresh],
                ),
            )
        )
        return replace(
            self,
            revision=changes.revision,
            overlay=unlike_before,
            allowed=self._allowed_without(unlike_before),
            tail=tail,
        )

    def _differing(self, changes: Changes) -> IdArray:
        """The changed items whose views are not just those that the generation holds.

        Views are immutable: equal view ids are equal vectors, and only facts have changed.
        """
        if self.generation is None:
            return changes.item_ids
        rows = self.generation.item_rows.of_items(changes.item_ids)
        old_items, old_views = self.generation.item_ids[rows], self.generation.view_ids[rows]
        new_items, new_views = changes.rows.item_ids, changes.rows.view_ids
        at = np.searchsorted(changes.item_ids, new_items)
        n_old = np.bincount(
            np.searchsorted(changes.item_ids, old_items), minlength=len(changes.item_ids)
        )
        n_new = np.bincount(at, minlength=len(changes.item_ids))
        order = np.argsort(old_views)
        place = np.searchsorted(old_views, new_views, sorter=order)
        place = order[np.minimum(place, max(0, len(order) - 1))] if len(order) else place * 0
        kept = np.zeros(len(new_views), bool)
        if len(order):
            kept = (old_views[place] == new_views) & (old_items[place] == new_items)
        n_kept = np.bincount(at[kept], minlength=len(changes.item_ids))
        same = (n_old == n_new) & (n_new == n_kept) & (n_new > 0)
        differing: IdArray = changes.item_ids[~same]
        return differing

    def _allowed_without(self, item_ids: IdArray) -> RowSet | None:
        if self.generation is None:
            return None
        masked = self.generation.item_rows.of_items(item_ids)
        if len(masked) == 0:
            return None
        counted = np.ones(len(self.generation), bool)
        counted[masked] = False
        return RowSet.of_mask(counted)

    def views(self, item_ids: IdArray) -> Among:
        """The views of some items, int64, ascending."""
        rows = None
        if self.generation is not None:
            numbers = self.generation.item_rows.of_items(item_ids)
            rows = self.counted(RowSet.of_numbers(numbers, len(self.generation)))
        return Among(rows, RowSet.of_mask(np.isin(self.tail.item_ids, item_ids)))

    def counted(self, rows: RowSet) -> RowSet:
        """Those of the generation's rows that count."""
        return rows if self.allowed is None else rows & self.allowed

    def n_among(self, among: Among | None) -> int:
        """How many views can be found, of some or of all."""
        if among is None:
            return self.n_rows
        return among.tail.n_rows + (0 if among.rows is None else among.rows.n_rows)

    def nearest(
        self, query: Scores, k: int, among: Among | None = None, *, exactly: bool = False
    ) -> Candidates:
        """The k views nearest to a unit vector, fewer only where no more are allowed.

        Args:
            among: only these views; None is all.
            exactly: compare each of them, however long that takes.
        """
        found = [self._nearest_in_tail(query, k, among)]
        if self.generation is not None and self.index is not None and len(self.generation):
            found.append(self._nearest_in_generation(query, k, among, exactly))
        item_ids = np.concatenate([part.item_ids for part in found])
        view_ids = np.concatenate([part.view_ids for part in found])
        scores = np.concatenate([part.scores for part in found])
        order = np.lexsort((view_ids, item_ids, -scores))[:k]
        exact = all(part.exact for part in found)
        return Candidates(item_ids[order], view_ids[order], scores[order], exact)

    def rows(self) -> tuple[IdArray, IdArray]:
        """Item and view ids of all views that can be found, int64, (n_rows,)."""
        items, views = [self.tail.item_ids], [self.tail.view_ids]
        if self.generation is not None:
            counted = slice(None) if self.allowed is None else self.allowed.numbers
            items.append(self.generation.item_ids[counted])
            views.append(self.generation.view_ids[counted])
        return np.concatenate(items), np.concatenate(views)

    def vectors_of(self, item_ids: IdArray, view_ids: IdArray) -> FloatMatrix:
        """The stored vectors of views that can be found, in this order: float32, (n, dim)."""
        dim = self.tail.vectors.shape[1]
        vectors = np.zeros((len(view_ids), dim), np.float32)
        tail = self.tail.item_rows.of_views(item_ids, view_ids)
        vectors[tail >= 0] = self.tail.vectors[tail[tail >= 0]]
        if self.generation is not None:
            generation = self.generation
            rest = np.flatnonzero(tail < 0)
            rows = generation.item_rows.of_views(item_ids[rest], view_ids[rest])
            vectors[rest[rows >= 0]] = generation.vectors[rows[rows >= 0]]
        return vectors

    def _nearest_in_tail(self, query: Scores, k: int, among: Among | None) -> Candidates:
        tail = self.tail
        kept = None if among is None else among.tail.numbers
        rows, scores = best_rows(tail.vectors, query, k, rows=kept)
        return Candidates(tail.item_ids[rows], tail.view_ids[rows], scores, True)

    def _nearest_in_generation(
        self, query: Scores, k: int, among: Among | None, exactly: bool
    ) -> Candidates:
        generation, index = self.generation, self.index
        if generation is None or index is None:
            raise ValueError("there is no generation to search")
        allowed = self.allowed
        if among is not None and among.rows is not None:
            allowed = among.rows
        found_rows, found_scores = index.search(
            query[np.newaxis], k, allowed=allowed, exactly=exactly
        )
        rows, scores = found_rows[0], found_scores[0]
        n_allowed = len(generation) if allowed is None else allowed.n_rows
        exact = exactly or index.compares_all(n_allowed)
        return Candidates(generation.item_ids[rows], generation.view_ids[rows], scores, exact)


def _joined(first: ViewRows, second: ViewRows) -> ViewRows:
    if len(first) == 0:
        return second
    return ViewRows(
        np.concatenate([first.view_ids, second.view_ids]),
        np.concatenate([first.item_ids, second.item_ids]),
        np.concatenate([first.vectors, second.vectors]),
    )
