"""Queries and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from search.domain.item import ItemRecord

if TYPE_CHECKING:
    from PIL.Image import Image

    from search.filters.ast import Filter


@dataclass(frozen=True, slots=True)
class TextTerm:
    """Words; a negative weight pushes away."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ImageTerm:
    """A picture that is not in the gallery, upright and in sRGB."""

    image: Image
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ItemTerm:
    """An item of the gallery, by its stored embeddings: the mean of its views."""

    item_id: int
    weight: float = 1.0


Term = TextTerm | ImageTerm | ItemTerm


@dataclass(frozen=True, slots=True)
class Query:
    """One or more weighted terms and a filter; without terms it lists what the filter matches.

    Attributes:
        limit: most hits wanted, at least 1.
        offset: hits to pass over first.
    """

    terms: tuple[Term, ...] = ()
    where: Filter | None = None
    limit: int = 10
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """An item, ranked by its best view.

    Attributes:
        score: cosine in [-1, 1], None without terms.
        relevance: probability in [0, 1] that it answers, never rising from hit to hit; None
            without terms, and where a gallery is too small to judge a query with pictures.
    """

    item: ItemRecord
    view_id: int
    score: float | None
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits, best first, ties by item id, and what they were found in.

    Attributes:
        space_id, revision: the one embedding space and gallery revision this answer is of.
        exact: True where every matching view was compared, not only candidates of an index.
    """

    hits: tuple[Hit, ...]
    space_id: str
    revision: int
    exact: bool
    took_ms: float = field(compare=False, default=0.0)
