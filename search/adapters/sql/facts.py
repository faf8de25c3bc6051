"""What a scan says about items besides their pixels: title, kind, attributes, keywords.

An item's first picture (ordinal 0) speaks for it: what it says replaces what files said before.
Its other pictures only add what the catalogue's row says of the item.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from search.adapters.sql.inserting import insert_rows
from search.adapters.sql.tables import attributes, items
from search.adapters.sql.tags import set_file_tags
from search.adapters.sql.work import Work, chunks
from search.domain.indexing import IndexedPicture
from search.domain.item import AttributeValue
from search.domain.text import fold, storable

LONGEST_KEY = 128  # characters; whatever has a longer name is no attribute anyone asks for
HEAD_LENGTH = 64  # characters of a folded text that are indexed


@dataclass(slots=True)
class ItemFacts:
    """What the pictures of one item in one batch say about it.

    `whole`: the first picture is among them, so what is not said any more is gone.
    """

    kind: str
    title: str = ""
    whole: bool = False
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)


def gather_facts(pictures: Iterable[IndexedPicture]) -> ItemFacts:
    """The facts in one item's pictures; a catalogue's row wins over the pictures themselves."""
    ordered = sorted(pictures, key=lambda one: one.slot.ordinal)
    facts = ItemFacts(kind=ordered[0].item_kind)
    for one in ordered:
        if one.slot.ordinal == 0:
            facts.whole = True
            facts.title = one.picture.title
            facts.attributes |= _cleaned(one.picture.attributes)
            facts.tags |= dict.fromkeys(one.picture.keywords)
    for one in ordered:
        facts.title = one.item_title or facts.title
        facts.attributes |= _cleaned(one.item_attributes)
        facts.tags |= dict.fromkeys(one.item_tags)
    facts.title = storable(facts.title)
    return facts


def write_facts(work: Work, facts: Mapping[int, ItemFacts], new_ids: set[int]) -> None:
    """Bring items' facts up to date, touching only items for which something is different."""
    known = {i: facts[i] for i in facts if i not in new_ids}
    _write_titles(work, known)
    stored = _stored_attributes(work, sorted(known))
    gone: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for item_id, said in facts.items():
        before = stored.get(item_id, {})
        stale = {key for key in before if said.whole and key not in said.attributes}
        fresh = {k: v for k, v in said.attributes.items() if before.get(k) != v}
        if stale or (fresh and item_id not in new_ids):
            work.touch([item_id])
        gone += [{"_item": item_id, "_key": k} for k in stale | (fresh.keys() & before.keys())]
        rows += [_attribute_row(item_id, key, value) for key, value in fresh.items()]
    if gone:
        statement = delete(attributes).where(
            attributes.c.item_id == bindparam("_item"), attributes.c.key == bindparam("_key")
        )
        work.connection.execute(statement, gone)
    if rows:
        insert_rows(work.connection, attributes, rows)
    set_file_tags(work, {i: (list(said.tags), said.whole) for i, said in facts.items()}, new_ids)


def _write_titles(work: Work, facts: Mapping[int, ItemFacts]) -> None:
    changed = []
    for ids in chunks(sorted(facts)):
        query = select(items.c.id, items.c.title, items.c.kind).where(items.c.id.in_(ids))
        for item_id, title, kind in work.connection.execute(query):
            said = facts[item_id]
            wanted = said.title if said.whole or said.title else title
            if (title, kind) != (wanted, said.kind):
                changed.append({"_id": item_id, "_title": wanted, "_kind": said.kind})
    if changed:
        statement = update(items).where(items.c.id == bindparam("_id"))
        statement = statement.values(title=bindparam("_title"), kind=bindparam("_kind"))
        work.connection.execute(statement, changed)
        work.touch(row["_id"] for row in changed)


def _stored_attributes(work: Work, ids: Sequence[int]) -> dict[int, dict[str, AttributeValue]]:
    found: dict[int, dict[str, AttributeValue]] = {}
    for some in chunks(ids):
        query = select(
            attributes.c.item_id, attributes.c.key, attributes.c.text, attributes.c.number
        ).where(attributes.c.item_id.in_(some))
        for item_id, key, text, number in work.connection.execute(query):
            found.setdefault(item_id, {})[key] = AttributeValue(text, number)
    return found


def _cleaned(values: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
    cleaned = {}
    for key, value in values.items():
        if not 0 < len(key) <= LONGEST_KEY:
            continue
        number = None if value.number is None else float(value.number)
        if number is not None and math.isnan(number):
            number = None
        cleaned[fold(storable(key))] = AttributeValue(storable(value.text), number)
    return cleaned


def _attribute_row(item_id: int, key: str, value: AttributeValue) -> dict[str, Any]:
    folded = fold(value.text)
    return {
        "item_id": item_id,
        "key": key,
        "text": value.text,
        "folded": folded,
        "head": folded[:HEAD_LENGTH],
        "number": value.number,
    }
