"""How items divide by one of their properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many items have a value.

    Attributes:
        taxonomy: the name of a category's taxonomy; empty for other values.
    """

    value: str
    n_items: int
    taxonomy: str = ""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A value as some items have it.

    Attributes:
        folded: the same in all spellings of a value; ties are in its order.
        taxonomy: as in `FacetCount`.
    """

    text: str
    folded: tuple[str, str]
    taxonomy: str = ""


def ranked(key: str, counts: Mapping[Spelling, int], limit: int) -> list[FacetCount]:
    """Values in the order of `Snapshot.facet_counts`, each in the first of its spellings.

    Args:
        counts: how many items have a value in this spelling, one at least.
    """
    found: dict[tuple[str, str], FacetCount] = {}
    for spelling in sorted(counts, key=lambda one: (one.folded, one.text)):
        first = found.get(spelling.folded, FacetCount(spelling.text, 0, spelling.taxonomy))
        n_items = first.n_items + counts[spelling]
        found[spelling.folded] = FacetCount(first.value, n_items, first.taxonomy)
    ordered = list(found.values())
    if key != "month":
        ordered = sorted(ordered, key=lambda one: -one.n_items)[:limit]
    return [one for one in ordered if one.value]
