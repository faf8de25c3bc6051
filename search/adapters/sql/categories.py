"""`search.ports.categories` over one transaction, for the snapshot and the unit of work."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from search.adapters.sql import category_models as models
from search.adapters.sql import decisions, embeddings, guesses, item_categories, taxonomies
from search.adapters.sql.effective import category_basis
from search.adapters.sql.work import Work
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


class SqlCategoryReading:
    """What a snapshot says about categories."""

    _connection: Connection

    def taxonomies(
        self, gallery_id: int, *, also_inactive: bool = False
    ) -> Sequence[StoredTaxonomy]:
        return taxonomies.stored_taxonomies(
            self._connection, gallery_id, also_inactive=also_inactive
        )

    def taxonomy(self, gallery_id: int, name: str) -> StoredTaxonomy:
        return taxonomies.stored_taxonomy(self._connection, gallery_id, name)

    def taxonomy_versions(self, taxonomy_id: int) -> Sequence[TaxonomyVersion]:
        return taxonomies.versions_of(self._connection, taxonomy_id)

    def taxonomy_of_version(self, taxonomy_id: int, version: int) -> Taxonomy:
        return taxonomies.taxonomy_of_version(self._connection, taxonomy_id, version)

    def category_basis(self, gallery_id: int) -> Hashable:
        return category_basis(self._connection, gallery_id)

    def coverage(self, taxonomy_id: int, space_id: str) -> Coverage | None:
        return guesses.coverage(self._connection, taxonomy_id, space_id)

    def prototypes(self, coverage: Coverage) -> Prototypes | None:
        return guesses.prototypes(self._connection, coverage)

    def changed_rows(
        self, gallery_id: int, space_id: str, since: int, block_rows: int
    ) -> Iterator[ViewRows]:
        return embeddings.changed_rows(self._connection, gallery_id, space_id, since, block_rows)

    def guesses(self, coverage_id: int, first_item: int, last_item: int) -> GuessRows:
        return guesses.guess_rows(self._connection, coverage_id, first_item, last_item)

    def item_guesses(
        self, gallery_id: int, item_ids: Sequence[int]
    ) -> Mapping[int, Sequence[ItemGuess]]:
        return item_categories.item_guesses(self._connection, gallery_id, item_ids)

    def category_counts(self, taxonomy_id: int, gallery_id: int) -> Mapping[str, int]:
        return item_categories.category_counts(self._connection, taxonomy_id, gallery_id)

    def uncategorised_items(self, taxonomy_id: int, gallery_id: int) -> IdArray:
        return item_categories.uncategorised_items(self._connection, taxonomy_id, gallery_id)

    def uncertain_items(
        self, taxonomy_id: int, gallery_id: int, *, path: str = "", limit: int = 50
    ) -> Sequence[int]:
        return item_categories.uncertain_items(
            self._connection, taxonomy_id, gallery_id, path, limit
        )

    def decisions(self, taxonomy_id: int) -> Sequence[Decision]:
        return decisions.decisions_of(self._connection, taxonomy_id)

    def category_model(
        self, taxonomy_id: int, space_id: str, kind: ModelKind
    ) -> CategoryModel | None:
        return models.category_model(self._connection, taxonomy_id, space_id, kind)


class SqlCategoryWriting:
    """What a unit of work changes about categories."""

    @property
    def _work(self) -> Work:
        raise NotImplementedError

    def store_taxonomy(self, taxonomy: Taxonomy) -> StoredTaxonomy:
        return taxonomies.store_taxonomy(self._work, taxonomy)

    def set_taxonomy_active(self, taxonomy_id: int, active: bool) -> None:
        taxonomies.set_active(self._work, taxonomy_id, active)

    def begin_guessing(self, taxonomy_id: int, space_id: str, made_from: str) -> Coverage:
        return guesses.begin_guessing(self._work, taxonomy_id, space_id, made_from)

    def keep_prototypes(self, coverage: Coverage, prototypes: Prototypes) -> None:
        guesses.keep_prototypes(self._work, coverage, prototypes)

    def store_guesses(self, coverage: Coverage, item_ids: IdArray, rows: GuessRows) -> None:
        guesses.store_guesses(self._work, coverage, item_ids, rows)

    def finish_guessing(self, coverage: Coverage, revision: int) -> None:
        guesses.finish_guessing(self._work, coverage, revision)

    def decide(
        self,
        item_ids: Sequence[int],
        category_id: int,
        verdict: Verdict,
        *,
        origin: DecisionOrigin = DecisionOrigin.PERSON,
    ) -> int:
        return decisions.decide(self._work, item_ids, category_id, verdict, origin=origin)

    def undecide(self, item_ids: Sequence[int], category_id: int) -> int:
        return decisions.undecide(self._work, item_ids, category_id)

    def add_category_model(
        self, taxonomy_id: int, space_id: str, kind: ModelKind, *, payload: bytes, report: str
    ) -> None:
        models.add_category_model(
            self._work, taxonomy_id, space_id, kind, payload=payload, report=report
        )

    def undo_category_model(self, taxonomy_id: int, space_id: str, kind: ModelKind) -> None:
        models.undo_category_model(self._work, taxonomy_id, space_id, kind)
