"""Files found elsewhere: the item goes with them, and keeps its id, tags and embeddings.

Files are lifted out of their slots first and put down after, so two files that changed places
never collide. What is left in a slot that a moved file takes was missing: it keeps its rows,
without a place, until `purge` or until its content turns up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from search.adapters.sql.files import (
    file_values,
    files_at,
    places_of,
    slot_key,
    update_files,
)
from search.adapters.sql.items import settle_items
from search.adapters.sql.places import fits
from search.adapters.sql.tables import files, items, roots, views
from search.adapters.sql.work import Work, chunks
from search.domain.indexing import FileStatus, MovedFile
from search.domain.item import ItemState, ViewState

ItemKey = tuple[int, str]


@dataclass(slots=True)
class _Move:
    """One file on its way: its row before, and the item it belongs to afterwards."""

    move: MovedFile
    before: Any
    item_id: int | None

    @property
    def target(self) -> ItemKey:
        return self.move.slot.root_id, self.move.slot.item_key


def move_files(work: Work, moves: Sequence[MovedFile]) -> None:
    """Move files of this gallery; of two moves of one file or to one slot the first counts."""
    if not moves:
        return
    work.lock()
    places = places_of(work, {move.slot.root_id for move in moves})
    moving = _known_moves(work, moves)
    touched = {one.item_id for one in moving if one.item_id is not None}
    _lift(work, [one.move.file_id for one in moving])
    touched |= _displace(work, moving)
    touched |= _move_items(work, moving)
    _put_down(work, moving, places)
    settle_items(work, touched)


def _known_moves(work: Work, moves: Sequence[MovedFile]) -> list[_Move]:
    by_file: dict[int, MovedFile] = {}
    taken = set()
    for move in moves:
        slot = slot_key(move.slot)
        if move.file_id not in by_file and slot not in taken and fits(move.slot):
            by_file[move.file_id] = move
            taken.add(slot)
    found: list[_Move] = []
    for some in chunks(by_file):
        query = (
            select(files.c.id, files.c.item_id, files.c.reason)
            .join(roots, roots.c.id == files.c.root_id)
            .where(roots.c.gallery_id == work.gallery_id, files.c.id.in_(some))
            .order_by(files.c.id)
        )
        rows = work.connection.execute(query)
        found += [_Move(by_file[row.id], row, row.item_id) for row in rows]
    return found


def _lift(work: Work, file_ids: Sequence[int]) -> None:
    for some in chunks(file_ids):
        lifted = update(files).where(files.c.id.in_(some)).values(item_key=None)
        work.connection.execute(lifted)


def _displace(work: Work, moving: Sequence[_Move]) -> set[int]:
    """Free the slots that are moved to; returns the items that stood there."""
    there = files_at(work, (one.move.slot for one in moving))
    slots = [slot_key(one.move.slot) for one in moving]
    displaced = [there[slot] for slot in slots if slot in there]
    ids = [row.id for row in displaced]
    for some in chunks(ids):
        missing = update(files).where(files.c.id.in_(some))
        work.connection.execute(missing.values(item_key=None, status=FileStatus.MISSING))
        hidden = update(views).where(views.c.file_id.in_(some), views.c.state == ViewState.LIVE)
        work.connection.execute(hidden.values(state=ViewState.MISSING))
    return {row.item_id for row in displaced if row.item_id is not None}


def _move_items(work: Work, moving: Sequence[_Move]) -> set[int]:
    """Decide which item each file belongs to now; rename items, or make and join them.

    An item goes along when all its files go to one place; of several such items going to the
    same place, the first. Otherwise the file leaves its item and joins the one at that place.
    """
    staying = _items_with_places(work, [one.item_id for one in moving if one.item_id is not None])
    targets: dict[int, set[ItemKey]] = {}
    for one in moving:
        if one.item_id is not None:
            targets.setdefault(one.item_id, set()).add(one.target)
    at_target = _items_at(work, {one.target for one in moving})
    occupied = _items_with_places(work, list(at_target.values()))
    renamed: dict[ItemKey, int] = {}
    for item_id, keys in sorted(targets.items()):
        key = next(iter(keys))
        free = at_target.get(key) not in occupied and key not in renamed
        if item_id not in staying and len(keys) == 1 and free:
            renamed[key] = item_id
    _rename(work, renamed, at_target)
    owners = {key: i for key, i in at_target.items() if i in occupied} | renamed
    touched = set(owners.values()) | set(at_target.values())
    for one in moving:
        if one.item_id is None:
            continue
        if one.target not in owners:
            owners[one.target] = _make_item(work, one)
        one.item_id = owners[one.target]
        touched.add(one.item_id)
    return touched


def _items_with_places(work: Work, item_ids: Sequence[int]) -> set[int]:
    """Those of the items that still have a file in a slot."""
    found: set[int] = set()
    for some in chunks(sorted(set(item_ids))):
        query = select(files.c.item_id).where(
            files.c.item_id.in_(some), files.c.item_key.is_not(None)
        )
        found.update(work.connection.execute(query).scalars())
    return found


def _items_at(work: Work, keys: set[ItemKey]) -> dict[ItemKey, int]:
    found: dict[ItemKey, int] = {}
    for some in chunks(sorted(keys)):
        for root_id in {root_id for root_id, _ in some}:
            wanted = [key for its_root, key in some if its_root == root_id]
            query = select(items.c.key, items.c.id)
            query = query.where(items.c.root_id == root_id, items.c.key.in_(wanted))
            found |= {(root_id, row.key): row.id for row in work.connection.execute(query)}
    return found


def _rename(work: Work, renamed: dict[ItemKey, int], at_target: dict[ItemKey, int]) -> None:
    """Give items their new places; the items that stood there have none any more."""
    lifted = {*renamed.values(), *(at_target[key] for key in renamed if key in at_target)}
    for some in chunks(sorted(lifted)):
        work.connection.execute(update(items).where(items.c.id.in_(some)).values(key=None))
    rows = [{"_id": i, "_root": root_id, "_key": key} for (root_id, key), i in renamed.items()]
    if rows:
        statement = update(items).where(items.c.id == bindparam("_id"))
        statement = statement.values(root_id=bindparam("_root"), key=bindparam("_key"))
        work.connection.execute(statement, rows)


def _make_item(work: Work, one: _Move) -> int:
    """An item for a file that left one whose other files stay; what it is goes along."""
    before = work.connection.execute(select(items).where(items.c.id == one.item_id)).one()
    values = {
        "gallery_id": work.gallery_id,
        "root_id": one.target[0],
        "key": one.target[1],
        "kind": before.kind,
        "title": before.title,
        "state": ItemState.LIVE,
        "revision": work.revision,
    }
    made = insert(items).values(values).returning(items.c.id)
    return int(work.connection.execute(made).scalar_one())


def _put_down(work: Work, moving: Sequence[_Move], places: dict[int, tuple[str, str]]) -> None:
    rows = []
    for one in moving:
        row = file_values(places[one.target[0]], one.move.slot, one.move.stamp)
        failed = one.before.reason != ""
        status = FileStatus.FAILED if failed else FileStatus.OK
        rows.append({"id": one.move.file_id, **row, "status": status, "item_id": one.item_id})
    update_files(work, rows)
    alive = (
        update(views)
        .where(views.c.file_id == bindparam("_file"), views.c.state != ViewState.RETIRED)
        .values(item_id=bindparam("_item"), ordinal=bindparam("_ordinal"), state=ViewState.LIVE)
    )
    parameters = [
        {"_file": one.move.file_id, "_item": one.item_id, "_ordinal": one.move.slot.ordinal}
        for one in moving
        if one.item_id is not None
    ]
    if parameters:
        work.connection.execute(alive, parameters)
