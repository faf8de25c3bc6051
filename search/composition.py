"""From what people ask for (a search box's text, terms, filters) to one `Query`."""

from __future__ import annotations

from collections.abc import Sequence

from search.domain.query import Query, Term, TextTerm
from search.errors import UsageError
from search.filters.ast import And, Filter
from search.filters.parser import parse_filter, parse_search_box

PUSH_AWAY_WEIGHT = -0.5
"""The weight of what is not wanted, where none is given. At -1 the query would leave the region in
which pictures lie, and the ranking would mostly say what is *least* like the unwanted."""


def compose_query(
    box: str = "",
    *,
    terms: Sequence[Term] = (),
    where: str = "",
    limit: int = 10,
    offset: int = 0,
) -> Query:
    """One query of a search box's text, further terms and a further filter.

    Raises:
        FilterSyntaxError: a filter in `box` or `where` that cannot be read.
        UsageError: nothing to look for and nothing to filter by, or a limit below one.
    """
    read = parse_search_box(box)
    wanted = [TextTerm(read.text)] if read.text else []
    unwanted = [TextTerm(text, PUSH_AWAY_WEIGHT) for text in read.minus]
    filters = [part for part in (read.where, parse_filter(where)) if part is not None]
    all_terms: tuple[Term, ...] = (*wanted, *unwanted, *terms)
    if not all_terms and not filters:
        raise UsageError(
            "Nothing to look for was given.",
            hint="Give words, a picture, an item or a filter, such as: sightline search 'red car'",
        )
    if limit < 1 or offset < 0:
        raise UsageError(
            f"Cannot return {limit} hits from position {offset}.",
            hint="The number of hits is at least 1, the position at least 0.",
        )
    return Query(all_terms, _all_of(filters), limit, offset)


def _all_of(filters: Sequence[Filter]) -> Filter | None:
    if len(filters) > 1:
        return And(tuple(filters))
    return filters[0] if filters else None
