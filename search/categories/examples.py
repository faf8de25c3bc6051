"""Categories made from chosen items: a taxonomy grows by what people point at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from search.categories.taxonomy import SEPARATOR, Category, Mode, Taxonomy
from search.categories.taxonomy_file import read_taxonomy, write_taxonomy
from search.domain.text import fold
from search.errors import ConflictError


def with_category(
    taxonomy: Taxonomy | None, name: str, reference: str, mode: Mode = Mode.MULTI
) -> tuple[Taxonomy, str]:
    """The taxonomy with a category of this name or path, and its path.

    A category that is there is found as people name it; a new one goes to its path, with those
    above it, and is asked about by its name until it is taught.

    Args:
        taxonomy: None makes a new one called `name`.
        mode: of a new taxonomy.
    Raises:
        UsageError: the name or the reference cannot be one.
        ConflictError: the reference could mean several categories.
    """
    if taxonomy is not None:
        found = taxonomy.find(reference)
        if len(found) == 1:
            return taxonomy, found[0].path
        if found:
            raise ConflictError(
                f"The category {reference!r} could be any of {len(found)}.",
                hint="Give its whole path.",
            )
    parts = [part.strip() for part in reference.split(SEPARATOR)]
    before = () if taxonomy is None else taxonomy.categories
    if taxonomy is None:
        taxonomy = Taxonomy(name, (), mode=mode)
    grown = replace(taxonomy, categories=_grown(before, "", parts))
    checked = read_taxonomy(write_taxonomy(grown))
    (added,) = checked.find(reference)
    return checked, added.path


def _grown(
    categories: Sequence[Category], parent: str, parts: Sequence[str]
) -> tuple[Category, ...]:
    """The categories with a new one at the end of these parts."""
    head, rest = parts[0], parts[1:]
    for at, one in enumerate(categories):
        if fold(one.name) == fold(head) and rest:
            children = _grown(one.children, one.path, rest)
            return (*categories[:at], replace(one, children=children), *categories[at + 1 :])
    path = f"{parent}{SEPARATOR}{head}" if parent else head
    if rest:
        return (*categories, Category(path, children=_grown((), path, rest)))
    return (*categories, Category(path, (head,)))
