"""How the answer to a query divides by category, tag, year, camera, kind and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from api.remembered import Remembered
from api.representing import clean
from api.schemas.gallery import Facet, Facets, FacetValue
from search.categories.taxonomy import SEPARATOR
from search.composition import compose_query
from search.domain.category import ItemCategory
from search.domain.facet import FacetCount
from search.domain.item import ItemRecord
from search.domain.query import Query, Term
from search.filters.ast import And, HasTag, InCategory, KindIs, TextIs
from search.filters.parser import DATE_KEY
from search.filters.printer import to_text
from search.ports.catalogue import Catalogue
from search.retrieval import Searcher

KEYS = ("category", "tag", "year", "camera", "kind", "month")
MOST_VALUES = 20
"""Of each but `category` and `month`: a timeline has all of its months, in their order."""

MOST_CATEGORIES = 200
"""Of all taxonomies together; a category is never without those above it, which have no fewer."""

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
    answer = None
    if query.terms:
        answer = searcher.answer(Query(query.terms, query.where, limit=MOST_HITS))
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        if answer is not None:
            counts = _counted(hit.item for hit in answer.hits)
            shown = _facets(counts)
            n_hits, revision = len(answer.hits), answer.revision
            return Facets(facets=shown, of=n_hits, complete=False, revision=revision)
        matches = And(()) if query.where is None else query.where
        n_items, counts = remembered.get(
            gallery,
            ("facets", box, where),
            lambda: searcher.facet_counts(snapshot, gallery, matches, KEYS, MOST_CATEGORIES),
        )
    shown = _facets(counts)
    return Facets(facets=shown, of=n_items, complete=True, revision=gallery.revision)


def _counted(items: Iterable[ItemRecord]) -> Mapping[str, Sequence[FacetCount]]:
    counters: dict[str, Counter[str]] = {key: Counter() for key in KEYS if key != "category"}
    categories: Counter[tuple[str, str]] = Counter()
    for item in items:
        counters["tag"].update(item.tags)
        categories.update(_with_those_above(item.categories))
        counters["kind"][item.kind.value] += 1
        if (taken_at := item.attributes.get(DATE_KEY)) is not None:
            counters["year"][taken_at.text[:4]] += 1
            counters["month"][taken_at.text[:7]] += 1
        if (camera := item.attributes.get("camera")) is not None:
            counters["camera"][camera.text] += 1
    found = {
        key: [FacetCount(value, n) for value, n in counter.items()]
        for key, counter in counters.items()
    }
    found["category"] = [FacetCount(path, n, name) for (path, name), n in categories.items()]
    return {
        key: sorted(counted, key=_in_time if key == "month" else _most_frequent_first)
        for key, counted in found.items()
    }


def _in_time(month: FacetCount) -> tuple[int, str, str]:
    return 0, month.value, ""


def _most_frequent_first(one: FacetCount) -> tuple[int, str, str]:
    return -one.n_items, one.value, one.taxonomy


def _facets(counts: Mapping[str, Sequence[FacetCount]]) -> list[Facet]:
    return [
        Facet(
            key=key,
            values=[
                FacetValue(
                    value=clean(one.value),
                    count=one.n_items,
                    filter=clean(_FILTERS[key](one)),
                    taxonomy=clean(one.taxonomy),
                )
                for one in counts[key][: _MOST.get(key, MOST_VALUES)]
            ],
        )
        for key in KEYS
        if counts[key]
    ]


def _with_those_above(categories: Iterable[ItemCategory]) -> set[tuple[str, str]]:
    """Paths and taxonomies: an item counts once for its categories and for all above them."""
    found: set[tuple[str, str]] = set()
    for one in categories:
        path = one.path
        while path:
            found.add((path, one.taxonomy))
            path = path.rpartition(SEPARATOR)[0]
    return found


_MOST: Mapping[str, int | None] = {"category": MOST_CATEGORIES, "month": None}

_FILTERS: Mapping[str, Callable[[FacetCount], str]] = {
    "category": lambda one: to_text(InCategory.of_taxonomy(one.taxonomy, one.value)),
    "tag": lambda one: to_text(HasTag(one.value)),
    "year": lambda one: f"taken:{one.value}",
    "month": lambda one: f"taken:{one.value}",
    "camera": lambda one: to_text(TextIs("camera", one.value)),
    "kind": lambda one: to_text(KindIs(one.value)),
}
