"""Golden queries: what is asked of a gallery, and the items that must come among the first hits.

queries:
  - text: "a black cat"          # as typed into the search box, filters and all
    minus: "snow"                # words to push away
    image: queries/cat.jpg       # beside this file
    where: "after:2024-05-04"
    top: 10                      # how many hits count; 10 where not given
    find: ["pets/cat.jpg"]       # all of them: a path or its end, an id, a sku
    avoid: ["pets/other.jpg"]    # each must rank below everything in `find`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from search.composition import PUSH_AWAY_WEIGHT, compose_query
from search.domain.query import Answer, ImageTerm, Query, Term, TextTerm
from search.errors import SightlineError

if TYPE_CHECKING:
    from PIL.Image import Image

DEFAULT_TOP = 10


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """One query and what must be found.

    Attributes:
        image: the query picture's path, None where words alone ask.
        top: how many hits count.
        find, avoid: references to items: a path or its end, an id, a sku.
    """

    text: str = ""
    minus: str = ""
    image: Path | None = None
    where: str = ""
    top: int = DEFAULT_TOP
    find: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is asked, in one line."""
        parts = [self.text] if self.text else []
        parts += [f"like {self.image.name}"] if self.image else []
        parts += [f"not {self.minus}"] if self.minus else []
        parts += [f"where {self.where}"] if self.where else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class GoldenResult:
    """What became of one query.

    Attributes:
        problem: one sentence on the first thing that is wrong, "" where all is well.
        hits: uris of the hits that counted, best first.
        missed: uris, or references, of what was to be found and was not.
    """

    query: GoldenQuery
    problem: str = ""
    hits: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.problem


class GoldenAsker:
    """Asks golden queries of one gallery in one space.

    Args:
        ask: answers a query.
        resolve: ids of the items that a reference may mean.
        read_picture: a query's picture, ready for the model.
    """

    def __init__(
        self,
        ask: Callable[[Query], Answer],
        resolve: Callable[[str], Sequence[int]],
        read_picture: Callable[[Path], Image],
    ) -> None:
        self._ask = ask
        self._resolve = resolve
        self._read_picture = read_picture

    def results(self, queries: Sequence[GoldenQuery]) -> Iterator[GoldenResult]:
        """One result for each query, in order; what cannot be asked has failed, and says why."""
        for query in queries:
            try:
                yield self._result(query)
            except SightlineError as error:
                yield GoldenResult(query, error.message, missed=query.find)

    def _result(self, query: GoldenQuery) -> GoldenResult:
        terms: list[Term] = []
        if query.minus:
            terms.append(TextTerm(query.minus, PUSH_AWAY_WEIGHT))
        if query.image is not None:
            terms.append(ImageTerm(self._read_picture(query.image)))
        asked = compose_query(query.text, terms=terms, where=query.where, limit=query.top)
        answer = self._ask(asked)
        uris = tuple(hit.item.uri for hit in answer.hits)
        places = {hit.item.id: place for place, hit in enumerate(answer.hits, start=1)}
        missed, problem = [], ""
        last = 0
        for reference in query.find:
            ids = self._resolve(reference)
            if (lacking := _lacking(reference, ids, places, query.top)) != "":
                missed.append(reference)
                problem = problem or lacking
            else:
                last = max(last, places[ids[0]])
        for reference in query.avoid:
            for item_id in self._resolve(reference):
                place = places.get(item_id, query.top + 1)
                if place <= query.top and not missed and (place < last or not query.find):
                    problem = problem or f"{reference} is hit {place}, before what must be found"
        return GoldenResult(query, problem, uris, tuple(missed))


def _lacking(reference: str, ids: Sequence[int], places: dict[int, int], top: int) -> str:
    """Why a reference does not count as found, "" where it does."""
    if not ids:
        return f"{reference} is not in the gallery"
    if len(ids) > 1:
        return f"{reference} could be any of {len(ids)} items"
    if ids[0] not in places:
        return f"{reference} is not among the first {top} hits"
    return ""
