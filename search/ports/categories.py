"""The part of the catalogue that knows taxonomies, guesses and decisions.

An item's effective categories are those that people accepted, and those that the active space's
model assigned and nobody rejected; rejecting a category rejects those below it too. Where a
taxonomy allows one category only, an accepted one takes the place of the guesses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Protocol

from search.categories.stored import StoredTaxonomy, TaxonomyVersion
from search.categories.taxonomy import Taxonomy
from search.domain.arrays import IdArray
from search.domain.category import (
    CategoryModel,
    Coverage,
    Decision,
    DecisionOrigin,
    GuessRows,
    ItemGuess,
    ModelKind,
    Prototypes,
    Verdict,
)
from search.domain.indexing import ViewRows


class CategoryReading(Protocol):
    """What a snapshot says about categories."""

    def taxonomies(
        self, gallery_id: int, *, also_inactive: bool = False
    ) -> Sequence[StoredTaxonomy]:
        """By name; with `also_inactive` those that were switched off too."""

    def taxonomy(self, gallery_id: int, name: str) -> StoredTaxonomy:
        """Raises NotFoundError where the gallery never had it; it may be inactive."""

    def taxonomy_versions(self, taxonomy_id: int) -> Sequence[TaxonomyVersion]:
        """Newest first."""

    def taxonomy_of_version(self, taxonomy_id: int, version: int) -> Taxonomy:
        """Raises NotFoundError where there was no such version."""

    def coverage(self, taxonomy_id: int, space_id: str) -> Coverage | None: ...

    def prototypes(self, coverage: Coverage) -> Prototypes | None: ...

    def changed_rows(
        self, gallery_id: int, space_id: str, since: int, block_rows: int
    ) -> Iterator[ViewRows]:
        """Findable embedded views of items that changed, or were embedded in this space, after
        `since`; ordered by item then view, an item never divided between two blocks."""

    def guesses(self, coverage_id: int, first_item: int, last_item: int) -> GuessRows:
        """The guesses of the items in this range, by item then category."""

    def item_guesses(
        self, gallery_id: int, item_ids: Sequence[int]
    ) -> Mapping[int, Sequence[ItemGuess]]:
        """The active space's guesses and people's verdicts, by item; the likeliest first."""

    def category_counts(self, taxonomy_id: int, gallery_id: int) -> Mapping[str, int]:
        """Live items by path, those below counted too; paths without items are left out."""

    def uncategorised_items(self, taxonomy_id: int, gallery_id: int) -> IdArray:
        """Live items in no category of the taxonomy: int64, ascending."""

    def uncertain_items(
        self, taxonomy_id: int, gallery_id: int, *, path: str = "", limit: int = 50
    ) -> Sequence[int]:
        """Live items about which nobody has said anything in this taxonomy, the guesses nearest to
        a coin's toss first; with `path` only those whose guesses have it or one below it."""

    def decisions(self, taxonomy_id: int) -> Sequence[Decision]:
        """All decisions about categories of the present version, by item."""

    def category_basis(self, gallery_id: int) -> Hashable:
        """What items' effective categories rest on: versions of taxonomies, and in which space they
        are guessed. While it stays the same, an item is stamped when its categories change."""

    def category_model(
        self, taxonomy_id: int, space_id: str, kind: ModelKind
    ) -> CategoryModel | None:
        """The newest that was not undone."""


class CategoryWriting(Protocol):
    """What a unit of work changes about categories."""

    def store_taxonomy(self, taxonomy: Taxonomy) -> StoredTaxonomy:
        """Keep a taxonomy, as a new version where one of its name is there and differs.

        The version becomes one more than the last where the file's is not higher. Categories that
        are gone keep their decisions and get them back when they return.
        """

    def set_taxonomy_active(self, taxonomy_id: int, active: bool) -> None: ...

    def begin_guessing(self, taxonomy_id: int, space_id: str, made_from: str) -> Coverage:
        """The coverage to guess under; from the first revision on where `made_from` differs."""

    def keep_prototypes(self, coverage: Coverage, prototypes: Prototypes) -> None: ...

    def store_guesses(self, coverage: Coverage, item_ids: IdArray, rows: GuessRows) -> None:
        """Replace the guesses of these items by rows of them; the items are stamped.

        Args:
            item_ids: ascending.
        Raises:
            ConflictError: another process has begun to guess from something else meanwhile.
        """

    def finish_guessing(self, coverage: Coverage, revision: int) -> None:
        """The guesses are up to date with this revision; raises as `store_guesses` does."""

    def decide(
        self,
        item_ids: Sequence[int],
        category_id: int,
        verdict: Verdict,
        *,
        origin: DecisionOrigin = DecisionOrigin.PERSON,
    ) -> int:
        """Returns how many items it is news for. Where a taxonomy allows one category only,
        accepting one takes back what was accepted of it before."""

    def undecide(self, item_ids: Sequence[int], category_id: int) -> int:
        """Forget what was said; returns for how many items something was."""

    def add_category_model(
        self, taxonomy_id: int, space_id: str, kind: ModelKind, *, payload: bytes, report: str
    ) -> None:
        """It counts from now on; `report` is JSON."""

    def undo_category_model(self, taxonomy_id: int, space_id: str, kind: ModelKind) -> None:
        """Take back the one that counts; NotFoundError where there is none."""
