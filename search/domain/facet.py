"""How items divide by one of their properties."""

from __future__ import annotations

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
