"""From what a person types for a category to the category that is meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from search.categories.stored import StoredTaxonomy
from search.domain.text import fold
from search.errors import ConflictError, NotFoundError


@dataclass(frozen=True, slots=True)
class KnownCategory:
    """A category of a stored taxonomy."""

    taxonomy: StoredTaxonomy
    path: str
    id: int


def resolve_category(
    taxonomies: Sequence[StoredTaxonomy], reference: str, taxonomy_name: str = ""
) -> KnownCategory:
    """The one category that a path or a name means.

    Args:
        taxonomy_name: only this taxonomy; empty is any of them.
    Raises:
        NotFoundError: none is meant, or there is no such taxonomy.
        ConflictError: several are.
    """
    chosen = [
        one for one in taxonomies if not taxonomy_name or fold(one.name) == fold(taxonomy_name)
    ]
    if not chosen:
        named = f" {taxonomy_name!r}" if taxonomy_name else ""
        raise NotFoundError(
            f"The gallery has no taxonomy{named}.",
            hint="`sightline categories import` adds one.",
        )
    found = [
        KnownCategory(one, category.path, one.category_ids[category.path])
        for one in chosen
        for category in one.taxonomy.find(reference)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"{one.path} of {one.taxonomy.name}" for one in found[:5])
        raise ConflictError(
            f"The category {reference!r} could be any of {len(found)}: {some}.",
            hint="Give its whole path, or the taxonomy's name.",
        )
    paths = [path for one in chosen for path in one.category_ids]
    near = difflib.get_close_matches(reference, paths, n=1, cutoff=0.5)
    raise NotFoundError(
        f"There is no category {reference!r}.",
        hint=f"Did you mean {near[0]}?" if near else "`sightline categories list` shows them.",
    )
