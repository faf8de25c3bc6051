"""What to tell people whose question is right but cannot find what they seem to mean."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence

from search.domain.gallery import Gallery
from search.domain.item import ItemState
from search.domain.query import ItemTerm, Query
from search.domain.text import fold
from search.filters.ast import And, Filter, HasAttribute, Not, NumberWithin, Or, TextIs
from search.filters.lexer import KNOWN_KEYS
from search.filters.parser import DATE_KEY
from search.ports.catalogue import Snapshot

_MOST_KEYS = 3
_MOST_NAMED = 8


def hint_for(
    snapshot: Snapshot,
    gallery: Gallery,
    query: Query,
    n_hits: int,
    attribute_keys: Callable[[], Sequence[str]] | None = None,
) -> str:
    """A sentence or more on why the answer is not what was meant, empty where nothing is known.

    Args:
        n_hits: how many hits the answer's first page has.
        attribute_keys: the gallery's, where they are at hand; else they are looked up.
    """
    if n_hits == 0 and not snapshot.list_items(gallery.id, state=ItemState.LIVE, limit=1):
        return f"The gallery {gallery.name} is empty: `sightline index PATH` adds pictures."
    is_open = query.where is None and not any(isinstance(t, ItemTerm) for t in query.terms)
    if n_hits == 0 and is_open and query.terms:
        return "None of its pictures is embedded yet; ask again in a moment."
    asked = asked_attributes(query.where)
    if not asked:
        return ""
    known = snapshot.attribute_keys(gallery.id) if attribute_keys is None else attribute_keys()
    unknown = [
        key
        for key in asked
        if key not in known and not snapshot.attribute_values(gallery.id, key, limit=1)
    ]
    return " ".join(_unknown(key, known) for key in unknown[:_MOST_KEYS])


def asked_attributes(where: Filter | None) -> list[str]:
    """Keys of the attributes that a filter asks about, each once, in its order."""
    found = () if where is None else _attributes(where)
    return list(dict.fromkeys(fold(key) for key in found if key != DATE_KEY))


def _attributes(where: Filter) -> Iterator[str]:
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _attributes(part)
        case Not(part):
            yield from _attributes(part)
        case TextIs(key=key) | NumberWithin(key=key) | HasAttribute(key=key):
            yield key
        case _:
            pass


def _unknown(key: str, attribute_keys: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, {*attribute_keys, *KNOWN_KEYS}, n=1)
    if near:
        return f"No picture here has the key “{key}”. Did you mean {near[0]}?"
    named = ", ".join(["tag", "category", "taken", *attribute_keys[:_MOST_NAMED]])
    return f"No picture here has the key “{key}”. There are {named} and others."
