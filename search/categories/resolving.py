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
    """The one category that a path, a name, or a taxonomy's name, a colon and a path mean.

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
        KnownCategory(one, path, one.category_ids[path])
        for one in chosen
        for path in _meant(one, reference)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"{one.path} of {one.taxonomy.name}" for one in found[:5])
        raise ConflictError(
            f"The category {reference!r} could be any of {len(found)}: {some}.",
            hint=f"Name the taxonomy as well, as in '{found[0].taxonomy.name}:{found[0].path}'.",
        )
    paths = [path for one in chosen for path in one.category_ids]
    near = difflib.get_close_matches(reference, paths, n=1, cutoff=0.5)
    raise NotFoundError(
        f"There is no category {reference!r}.",
        hint=f"Did you mean {near[0]}?" if near else "`sightline categories list` shows them.",
    )


def _meant(stored: StoredTaxonomy, reference: str) -> list[str]:
    """Paths of the taxonomy's categories that the reference may mean."""
    found = [one.path for one in stored.taxonomy.find(reference)]
    wanted = fold(reference.strip())
    whole = [path for path in stored.category_ids if fold(f"{stored.name}:{path}") == wanted]
    return whole or found
