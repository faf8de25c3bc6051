"""How the answer to a query divides by category, tag, year, camera, kind and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from api.remembered import Remembered
from api.representing import clean
from api.schemas.gallery import Facet, Facets, FacetValue
from search.categories.taxonomy import SEPARATOR
from search.composition import compose_query
from search.domain.item import ItemRecord
from search.domain.query import Query, Term
from search.filters.ast import And, HasTag, InCategory, KindIs, TextIs
from search.filters.parser import DATE_KEY
from search.filters.printer import to_text
from search.ports.catalogue import Catalogue
from search.retrieval import Searcher

KEYS = ("category", "tag", "year", "camera", "kind", "month")
MOST_VALUES = 20
"""Of each but `month`: a timeline has all of its months, in their order."""

MOST_HITS = 500
"""With words in the query everything matches a little; its best hits are counted."""


def facets(
    catalogue: Catalogue,
    gallery_name: str,
    searcher: Searcher,
    box: str,
    where: str,
    terms: Sequence[Term] = (),
    *,
    remembered: Remembered,
) -> Facets:
    """The facets of a search box's text, further terms and a further filter.

    Raises:
        FilterSyntaxError: a filter that cannot be read.
    """
    asked = bool(box.strip() or where.strip() or terms)
    query = compose_query(box, terms=terms, where=where) if asked else Query()
    if query.terms:
        answer = searcher.answer(Query(query.terms, query.where, limit=MOST_HITS))
        counts = _counted(hit.item for hit in answer.hits)
        return _facets(counts, len(answer.hits), answer.revision, complete=False)
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        matches = And(()) if query.where is None else query.where
        n_items, counts = remembered.get(
            gallery,
            ("facets", box, where),
            lambda: snapshot.facet_counts(gallery.id, matches, KEYS, MOST_VALUES),
        )
    return _facets(counts, n_items, gallery.revision, complete=True)


def _counted(items: Iterable[ItemRecord]) -> Mapping[str, Sequence[tuple[str, int]]]:
    counters: dict[str, Counter[str]] = {key: Counter() for key in KEYS}
    for item in items:
        counters["tag"].update(item.tags)
        counters["category"].update(_with_those_above(one.path for one in item.categories))
        counters["kind"][item.kind.value] += 1
        if (taken_at := item.attributes.get(DATE_KEY)) is not None:
            counters["year"][taken_at.text[:4]] += 1
            counters["month"][taken_at.text[:7]] += 1
        if (camera := item.attributes.get("camera")) is not None:
            counters["camera"][camera.text] += 1
    months = sorted(counters.pop("month").items())
    return {
        key: sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]
        for key, counter in counters.items()
    } | {"month": months}


def _facets(
    counts: Mapping[str, Sequence[tuple[str, int]]], n_items: int, revision: int, *, complete: bool
) -> Facets:
    shown = [
        Facet(
            key=key,
            values=[
                FacetValue(value=clean(value), count=count, filter=clean(_FILTERS[key](value)))
                for value, count in counts[key]
            ],
        )
        for key in KEYS
        if counts[key]
    ]
    return Facets(facets=shown, of=n_items, complete=complete, revision=revision)


def _with_those_above(paths: Iterable[str]) -> set[str]:
    """An item counts once for its categories and for all above them."""
    found: set[str] = set()
    for path in paths:
        while path:
            found.add(path)
            path = path.rpartition(SEPARATOR)[0]
    return found


_FILTERS: Mapping[str, Callable[[str], str]] = {
    "category": lambda value: to_text(InCategory(value)),
    "tag": lambda value: to_text(HasTag(value)),
    "year": lambda value: f"taken:{value}",
    "month": lambda value: f"taken:{value}",
    "camera": lambda value: to_text(TextIs("camera", value)),
    "kind": lambda value: to_text(KindIs(value)),
}
