"""A taxonomy as the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search.categories.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class StoredTaxonomy:
    """A taxonomy of a gallery in its present version.

    Attributes:
        active: items get its categories; others keep only what people decided.
        category_ids: by path; ids stay the same over versions.
    """

    id: int
    taxonomy: Taxonomy
    active: bool
    category_ids: Mapping[str, int]

    @property
    def name(self) -> str:
        return self.taxonomy.name


@dataclass(frozen=True, slots=True)
class TaxonomyVersion:
    """A version that is or was. `created_at`: seconds since 1970-01-01 UTC."""

    version: int
    n_categories: int
    created_at: float
