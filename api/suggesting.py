"""Ways to go on with what is being typed: tags, categories, keys of filters, and their values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from api.known_categories import Known, known_categories
from api.remembered import Remembered
from api.representing import clean
from api.schemas.gallery import Suggestion
from search.categories.taxonomy import SEPARATOR
from search.domain.gallery import Gallery
from search.domain.item import ItemKind
from search.domain.text import fold
from search.filters.ast import HasTag, InCategory, TextIs
from search.filters.printer import to_text
from search.ports.catalogue import Snapshot

_KEYS = ("tag", "category", "after", "before", "taken", "kind", "has", "path", "item")
"""Keys that are always there; the gallery's attributes come besides."""

_BY_NUMBER = frozenset({"after", "before", "taken", "path", "item", "price"})


def last_word(text: str) -> tuple[str, str]:
    """The word being typed, without the minus before it, and the minus."""
    start, quoted = 0, False
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif (character.isspace() or character == "(") and not quoted:
            start = at + 1
    word = text[start:]
    return (word[1:], "-") if word.startswith("-") else (word, "")


def suggest(
    snapshot: Snapshot, gallery: Gallery, typed: str, limit: int, remembered: Remembered
) -> list[Suggestion]:
    """What may replace the last word, the likeliest first.

    Counting a large gallery's tags at every keystroke would hold up the search itself.
    """
    tags = partial(remembered.get, gallery, ("tags",), lambda: snapshot.tags(gallery.id))
    keys = partial(remembered.get, gallery, ("keys",), lambda: snapshot.attribute_keys(gallery.id))
    categories = partial(known_categories, snapshot, gallery, remembered)
    word, minus = last_word(typed)
    key, colon, value = word.partition(":")
    if not colon:
        found = _tags(tags(), word, limit) if word else []
        found += _categories(categories(), word)[:limit] if word else []
        found += _keys(keys(), word)
    elif fold(key) == "tag":
        found = _tags(tags(), value.strip('"'), limit)
    elif fold(key) == "category":
        start = value.strip('"')
        found = _categories(categories(), start)
        found += _values(snapshot, gallery, "category", start, limit)
    elif fold(key) == "kind":
        kinds = [kind.value for kind in ItemKind if kind.value.startswith(fold(value))]
        found = [_suggestion("value", kind, f"kind:{kind}", None) for kind in kinds]
    elif fold(key) == "has":
        fitting = [one for one in keys() if one.startswith(fold(value))]
        found = [_suggestion("value", one, f"has:{one}", None) for one in fitting]
    else:
        found = _values(snapshot, gallery, fold(key), value.strip('"'), limit)
    return [one.model_copy(update={"insert": minus + one.insert}) for one in found[:limit]]


def _tags(tags: Sequence[tuple[str, int]], start: str, limit: int) -> list[Suggestion]:
    wanted = fold(start)
    matching = [(n, c) for n, c in tags if fold(n).startswith(wanted)]
    return [
        _suggestion("tag", name, to_text(HasTag(name)), count) for name, count in matching[:limit]
    ]


def _categories(known: Known, start: str) -> list[Suggestion]:
    """Paths that begin so, with their taxonomy or without, or whose last name does; not counted,
    which a keystroke cannot wait for."""
    wanted = fold(start)
    found = []
    for path, taxonomy in known:
        spellings = (path, path.rpartition(SEPARATOR)[2], f"{taxonomy}:{path}")
        if any(fold(one).startswith(wanted) for one in spellings):
            insert = to_text(InCategory.of_taxonomy(taxonomy, path))
            found.append(_suggestion("category", path, insert, None, taxonomy))
    return found


def _keys(attributes: Sequence[str], start: str) -> list[Suggestion]:
    keys = dict.fromkeys((*_KEYS, *attributes))
    wanted = fold(start)
    return [
        _suggestion("key", f"{key}:", f"{key}:", None) for key in keys if key.startswith(wanted)
    ]


def _values(
    snapshot: Snapshot, gallery: Gallery, key: str, start: str, limit: int
) -> list[Suggestion]:
    if key in _BY_NUMBER:
        return []
    return [
        _suggestion("value", text, to_text(TextIs(key, text)), count)
        for text, count in snapshot.attribute_values(gallery.id, key, start, limit)
    ]


def _suggestion(
    kind: str, text: str, insert: str, count: int | None, taxonomy: str = ""
) -> Suggestion:
    return Suggestion(
        kind=kind,
        text=clean(text),
        insert=clean(insert),
        count=count,
        taxonomy=clean(taxonomy),
    )
