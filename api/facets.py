"""How the answer to a query divides by category, tag, year, camera, kind and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from api.category_owners import Owners, category_owners
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
        owners = category_owners(snapshot, gallery, remembered)
        if answer is not None:
            counts = _counted(hit.item for hit in answer.hits)
            shown = _facets(counts, owners)
            n_hits, revision = len(answer.hits), answer.revision
            return Facets(facets=shown, of=n_hits, complete=False, revision=revision)
        matches = And(()) if query.where is None else query.where
        n_items, counts = remembered.get(
            gallery,
            ("facets", box, where),
            lambda: snapshot.facet_counts(gallery.id, matches, KEYS, MOST_CATEGORIES),
        )
    shown = _facets(counts, owners)
    return Facets(facets=shown, of=n_items, complete=True, revision=gallery.revision)


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
        key: sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
        for key, counter in counters.items()
    } | {"month": months}


def _facets(counts: Mapping[str, Sequence[tuple[str, int]]], owners: Owners) -> list[Facet]:
    return [
        Facet(
            key=key,
            values=[
                FacetValue(
                    value=clean(value),
                    count=count,
                    filter=clean(_FILTERS[key](value)),
                    taxonomies=_names(owners, value) if key == "category" else [],
                )
                for value, count in counts[key][: _MOST.get(key, MOST_VALUES)]
            ],
        )
        for key in KEYS
        if counts[key]
    ]


def _names(owners: Owners, path: str) -> list[str]:
    return [clean(name) for name in owners.get(path, ())]


def _with_those_above(paths: Iterable[str]) -> set[str]:
    """An item counts once for its categories and for all above them."""
    found: set[str] = set()
    for path in paths:
        while path:
            found.add(path)
            path = path.rpartition(SEPARATOR)[0]
    return found


_MOST: Mapping[str, int | None] = {"category": MOST_CATEGORIES, "month": None}

_FILTERS: Mapping[str, Callable[[str], str]] = {
    "category": lambda value: to_text(InCategory(value)),
    "tag": lambda value: to_text(HasTag(value)),
    "year": lambda value: f"taken:{value}",
    "month": lambda value: f"taken:{value}",
    "camera": lambda value: to_text(TextIs("camera", value)),
    "kind": lambda value: to_text(KindIs(value)),
}
