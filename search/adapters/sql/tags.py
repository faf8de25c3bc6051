"""Tags: a file's own keywords, and what people say. People win."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from search.adapters.sql.inserting import insert_rows
from search.adapters.sql.tables import item_tags, items, tags
from search.adapters.sql.work import Work, chunks, own_items
from search.domain.item import ItemState, TagOrigin
from search.domain.text import fold, storable
from search.errors import UsageError

_LONGEST = 255


def tag_counts(connection: Connection, gallery_id: int) -> list[tuple[str, int]]:
    n_items = func.count()
    query = (
        select(tags.c.name, n_items)
        .join(item_tags, item_tags.c.tag_id == tags.c.id)
        .join(items, items.c.id == item_tags.c.item_id)
        .where(
            tags.c.gallery_id == gallery_id,
            item_tags.c.removed.is_(False),
            items.c.state == ItemState.LIVE,
        )
        .group_by(tags.c.id, tags.c.name, tags.c.folded)
        .order_by(n_items.desc(), tags.c.folded)
    )
    return [(name, n) for name, n in connection.execute(query)]


def add_tags(
    work: Work, item_ids: Sequence[int], names: Sequence[str], *, origin: TagOrigin
) -> int:
    """Returns how many item-tag pairs are new."""
    work.lock()
    for name in names:
        _require_name(name)
    ids = own_items(work, item_ids)
    tag_ids = sorted(set(_tag_ids(work, names).values()))
    before = _pairs(work, ids, tag_ids)
    by_person = origin is TagOrigin.PERSON
    wanted = [(item_id, tag_id) for item_id in ids for tag_id in tag_ids]
    new = [pair for pair in wanted if pair not in before]
    back = [pair for pair in wanted if by_person and pair in before and before[pair].removed]
    _insert_pairs(work, new, origin)
    if by_person:
        kept = [p for p in wanted if p in before and before[p].origin != TagOrigin.PERSON]
        _set_pairs(work, {*back, *kept}, removed=False, origin=TagOrigin.PERSON)
    work.touch(item_id for item_id, _ in (*new, *back))
    return len(new) + len(back)


def remove_tags(work: Work, item_ids: Sequence[int], names: Sequence[str]) -> int:
    """Returns how many item-tag pairs are gone; they are remembered as removed by a person."""
    work.lock()
    ids = own_items(work, item_ids)
    tag_ids = sorted(set(_known_tags(work, [fold(_cleaned(name)) for name in names]).values()))
    gone = [pair for pair, row in _pairs(work, ids, tag_ids).items() if not row.removed]
    _set_pairs(work, gone, removed=True, origin=TagOrigin.PERSON)
    work.touch(item_id for item_id, _ in gone)
    return len(gone)


def set_file_tags(
    work: Work, said: Mapping[int, tuple[list[str], bool]], new_ids: set[int]
) -> None:
    """Bring files' own keywords up to date.

    Args:
        said: keywords by item, and whether they are all of them, so that others have to go.
        new_ids: items that have no tags yet and are stamped already.
    """
    names = [name for keywords, _ in said.values() for name in keywords]
    tag_ids = _tag_ids(work, [name for name in names if _is_name(name)])
    known_items = [item_id for item_id in said if item_id not in new_ids]
    before = _pairs(work, known_items, None)
    wanted = {
        (item_id, tag_ids[fold(_cleaned(name))])
        for item_id, (keywords, _) in said.items()
        for name in keywords
        if _is_name(name)
    }
    new = sorted(wanted - before.keys())
    gone = [
        pair
        for pair, row in before.items()
        if row.origin == TagOrigin.FILE and said[pair[0]][1] and pair not in wanted
    ]
    _insert_pairs(work, new, TagOrigin.FILE)
    if gone:
        statement = delete(item_tags).where(
            item_tags.c.item_id == bindparam("_item"), item_tags.c.tag_id == bindparam("_tag")
        )
        work.connection.execute(statement, [{"_item": i, "_tag": t} for i, t in gone])
    work.touch(item_id for item_id, _ in (*new, *gone) if item_id not in new_ids)


# Names


def _cleaned(name: str) -> str:
    return " ".join(storable(name).split())


def _is_name(name: str) -> bool:
    return 0 < len(_cleaned(name)) <= _LONGEST


def _require_name(name: str) -> None:
    if not _is_name(name):
        raise UsageError(f"'{name[:40]}' cannot be a tag.", hint=f"Use 1 to {_LONGEST} characters.")


def _tag_ids(work: Work, names: Iterable[str]) -> dict[str, int]:
    """Ids by folded name; tags that are new are made, spelled as they first come."""
    spelled: dict[str, str] = {}
    for name in names:
        cleaned = _cleaned(name)
        spelled.setdefault(fold(cleaned), cleaned)
    known = _known_tags(work, spelled)
    new = [
        {"gallery_id": work.gallery_id, "name": name, "folded": folded}
        for folded, name in spelled.items()
        if folded not in known
    ]
    if new:
        added = insert_rows(work.connection, tags, new, tags.c.folded, tags.c.id)
        known |= {row.folded: row.id for row in added}
    return known


def _known_tags(work: Work, folded: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(dict.fromkeys(folded)):
        query = select(tags.c.folded, tags.c.id)
        query = query.where(tags.c.gallery_id == work.gallery_id, tags.c.folded.in_(some))
        found |= {row.folded: row.id for row in work.connection.execute(query)}
    return found


# Pairs of item and tag


def _pairs(
    work: Work, item_ids: Sequence[int], tag_ids: Sequence[int] | None
) -> dict[tuple[int, int], Any]:
    """The rows of these items' tags, or of those of them in `tag_ids`."""
    found: dict[tuple[int, int], Any] = {}
    for some in chunks(item_ids):
        query = select(item_tags).where(item_tags.c.item_id.in_(some))
        if tag_ids is not None:
            query = query.where(item_tags.c.tag_id.in_(tag_ids))
        found.update({(row.item_id, row.tag_id): row for row in work.connection.execute(query)})
    return found


def _insert_pairs(work: Work, pairs: Sequence[tuple[int, int]], origin: TagOrigin) -> None:
    if pairs:
        rows = [
            {"item_id": item_id, "tag_id": tag_id, "origin": origin, "removed": False}
            for item_id, tag_id in pairs
        ]
        insert_rows(work.connection, item_tags, rows)


def _set_pairs(
    work: Work, pairs: Iterable[tuple[int, int]], *, removed: bool, origin: TagOrigin
) -> None:
    rows = [{"_item": item_id, "_tag": tag_id} for item_id, tag_id in sorted(pairs)]
    if rows:
        statement = update(item_tags).where(
            item_tags.c.item_id == bindparam("_item"), item_tags.c.tag_id == bindparam("_tag")
        )
        work.connection.execute(statement.values(removed=removed, origin=origin), rows)
