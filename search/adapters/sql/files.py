"""Files as scans left them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from search.adapters.sql.inserting import insert_rows
from search.adapters.sql.items import settle_items
from search.adapters.sql.places import fitting, folded_uri, uri_of
from search.adapters.sql.tables import files, roots, views
from search.adapters.sql.types import PathText
from search.adapters.sql.work import Work, chunks, storable_ids
from search.domain.gallery import FailedFile
from search.domain.indexing import (
    FailedPicture,
    FileSlot,
    FileStamp,
    FileStatus,
    KnownFile,
    Root,
    RootKind,
)
from search.domain.item import ViewState
from search.domain.text import storable
from search.errors import NotFoundError

_INT64 = 2**63
_STATUS = {status.value: status for status in FileStatus}
_BLOCK = 5_000  # rows fetched at once
_KNOWN = (
    files.c.id,
    files.c.root_id,
    files.c.path,
    func.nullif(files.c.item_key, files.c.path, type_=PathText),  # null for photos
    files.c.ordinal,
    files.c.size_bytes,
    files.c.mtime_ns,
    files.c.scanned_at,
    files.c.content_hash,
    files.c.status,
    files.c.item_id,
)

SlotKey = tuple[int, str, int]


# Roots


def roots_of(connection: Connection, gallery_id: int) -> list[Root]:
    query = select(roots.c.id, roots.c.path, roots.c.kind, roots.c.device)
    found = connection.execute(query.where(roots.c.gallery_id == gallery_id).order_by(roots.c.id))
    return [_root(*row) for row in found]


def root(work: Work, path: str, kind: RootKind, device: int | None) -> Root:
    work.lock()
    connection = work.connection
    mine = (roots.c.gallery_id == work.gallery_id, roots.c.path == path)
    query = select(roots.c.id, roots.c.path, roots.c.kind, roots.c.device).where(*mine)
    row = connection.execute(query).first()
    signed = None if device is None else _signed(device)
    if row is None:
        values = {"gallery_id": work.gallery_id, "path": path, "kind": kind, "device": signed}
        connection.execute(insert(roots).values(values))
    elif row.kind != kind or (signed is not None and row.device != signed):
        changed = {"kind": kind, "device": row.device if signed is None else signed}
        connection.execute(update(roots).where(*mine).values(changed))
    return _root(*connection.execute(query).one())


def places_of(work: Work, root_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Path and kind of the gallery's roots.

    Raises:
        NotFoundError: one of `root_ids` is none of them.
    """
    query = select(roots.c.id, roots.c.path, roots.c.kind)
    query = query.where(roots.c.gallery_id == work.gallery_id)
    found = {row.id: (row.path, row.kind) for row in work.connection.execute(query)}
    for root_id in root_ids:
        if root_id not in found:
            raise NotFoundError(f"The gallery has no root with the number {root_id}.")
    return found


def _root(root_id: int, path: str, kind: str, device: int | None) -> Root:
    unsigned = device + 2**64 if device is not None and device < 0 else device
    return Root(root_id, path, RootKind(kind), unsigned)


def _signed(number: int) -> int:
    """A device's number is unsigned, a column's is not."""
    return number - 2**64 if number >= _INT64 else number


# Reading


def known_files(connection: Connection, root_id: int, below: str) -> Iterator[KnownFile]:
    query = select(*_KNOWN).where(files.c.root_id == root_id, files.c.item_key.is_not(None))
    if below:
        query = query.where(is_below(files.c.path, below))
    for block in connection.execute(query).partitions(_BLOCK):
        yield from map(_known, block)


def is_below(path: Any, folder: str) -> ColumnElement[bool]:
    """The folder or archive itself, and what is in it; an index on the path serves it."""
    folder = folder.rstrip("/")
    inside = and_(path >= folder + "/", path < folder + "0")  # "0" comes after "/"
    members = and_(path >= folder + "!/", path < folder + "!0")
    return or_(path == folder, inside, members)


def files_by_hash(
    connection: Connection, gallery_id: int, hashes: Sequence[str]
) -> Iterator[KnownFile]:
    for some in chunks(dict.fromkeys(hashes)):
        query = _in_gallery(select(*_KNOWN), gallery_id).where(files.c.content_hash.in_(some))
        yield from map(_known, connection.execute(query))


def hashes_of_sizes(
    connection: Connection, gallery_id: int, sizes: Sequence[int]
) -> Mapping[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for some in chunks(dict.fromkeys(sizes)):
        query = _in_gallery(select(files.c.size_bytes, files.c.content_hash), gallery_id)
        query = query.where(files.c.size_bytes.in_(some), files.c.content_hash.is_not(None))
        for size, content_hash in connection.execute(query):
            found.setdefault(size, set()).add(content_hash)
    return {size: frozenset(hashes) for size, hashes in found.items()}


def failed_files(connection: Connection, gallery_id: int) -> list[FailedFile]:
    query = _in_gallery(
        select(roots.c.path, roots.c.kind, files.c.path, files.c.reason), gallery_id
    )
    query = query.where(files.c.status == FileStatus.FAILED).order_by(roots.c.id, files.c.path)
    return [
        FailedFile(uri_of(root_path, kind, path), reason)
        for root_path, kind, path, reason in connection.execute(query)
    ]


def _in_gallery(query: Select[Any], gallery_id: int) -> Select[Any]:
    joined = query.join(roots, roots.c.id == files.c.root_id)
    return joined.where(roots.c.gallery_id == gallery_id)


def _known(row: Any) -> KnownFile:
    key = row[2] if row[3] is None else row[3]
    return KnownFile(
        row[0],
        FileSlot(row[1], row[2], key, row[4]),
        FileStamp(row[5], row[6], row[7]),
        row[7],
        row[8],
        _STATUS[row[9]],
        row[10],
    )


# Writing


def file_values(place: tuple[str, str], slot: FileSlot, stamp: FileStamp) -> dict[str, Any]:
    """The columns that place and stamp decide."""
    return {
        "root_id": slot.root_id,
        "path": slot.path,
        "item_key": slot.item_key,
        "ordinal": slot.ordinal,
        "folded_uri": folded_uri(*place, slot.path),
        **stamp_values(stamp),
    }


def stamp_values(stamp: FileStamp) -> dict[str, Any]:
    return {
        "size_bytes": min(stamp.size_bytes, _INT64 - 1),
        "mtime_ns": max(-_INT64, min(stamp.mtime_ns, _INT64 - 1)),
        "scanned_at": stamp.taken_at,
    }


def slot_key(slot: FileSlot) -> SlotKey:
    return slot.root_id, slot.item_key, slot.ordinal


def files_at(work: Work, slots: Iterable[FileSlot]) -> dict[SlotKey, Any]:
    """The rows (id, item_id, content_hash, status) of files in these slots."""
    keys: dict[int, set[str]] = {}
    for slot in slots:
        keys.setdefault(slot.root_id, set()).add(slot.item_key)
    found: dict[SlotKey, Any] = {}
    for root_id, wanted in keys.items():
        for some in chunks(sorted(wanted)):
            query = select(
                files.c.item_key,
                files.c.ordinal,
                files.c.id,
                files.c.item_id,
                files.c.content_hash,
                files.c.status,
            ).where(files.c.root_id == root_id, files.c.item_key.in_(some))
            for row in work.connection.execute(query):
                found[root_id, row.item_key, row.ordinal] = row
    return found


def write_files(work: Work, new: Sequence[dict[str, Any]], old: Sequence[dict[str, Any]]) -> None:
    """Insert `new` rows and update `old` ones, which carry their id; all rows have equal keys."""
    if new:
        insert_rows(work.connection, files, new)
    update_files(work, old)


def update_files(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Set the columns of `rows`, each of which carries the file's id as `id`."""
    if not rows:
        return
    columns = [name for name in rows[0] if name != "id"]
    statement = update(files).where(files.c.id == bindparam("_id"))
    statement = statement.values({name: bindparam(f"_{name}") for name in columns})
    work.connection.execute(
        statement, [{f"_{name}": value for name, value in row.items()} for row in rows]
    )


def store_failures(work: Work, failures: Sequence[FailedPicture]) -> None:
    if not failures:
        return
    work.lock()
    short = [replace(failure, slot=fitting(failure.slot)) for failure in failures]
    last = {slot_key(failure.slot): failure for failure in short}
    places = places_of(work, {failure.slot.root_id for failure in last.values()})
    known = files_at(work, (failure.slot for failure in last.values()))
    new, old = [], []
    for key, failure in last.items():
        row = file_values(places[failure.slot.root_id], failure.slot, failure.stamp)
        row |= {
            "content_hash": failure.content_hash,
            "status": FileStatus.FAILED,
            "reason": storable(failure.reason),
        }
        if key in known:
            old.append({"id": known[key].id, **row})
        else:
            new.append({**row, "item_id": None})
    write_files(work, new, old)


def store_containers(work: Work, root_id: int, containers: Mapping[str, FileStamp]) -> None:
    if not containers:
        return
    work.lock()
    places = places_of(work, [root_id])
    slots = {path: fitting(FileSlot(root_id, path, path)) for path in containers}
    known = files_at(work, slots.values())
    new, old = [], []
    for path, stamp in containers.items():
        row = file_values(places[root_id], slots[path], stamp)
        row |= {"content_hash": None, "status": FileStatus.CONTAINER, "reason": ""}
        key = slot_key(slots[path])
        if key in known:
            old.append({"id": known[key].id, **row})
        else:
            new.append({**row, "item_id": None})
    write_files(work, new, old)


def refresh_files(work: Work, stamps: Mapping[int, FileStamp]) -> None:
    """New stamps; a file that was missing is found by being seen."""
    if not stamps:
        return
    work.lock()
    mine = _own_files(work, stamps)
    update_files(work, [{"id": i, **stamp_values(stamps[i])} for i in mine])
    _find(work, [i for i, row in mine.items() if row.status == FileStatus.MISSING])


def mark_found(work: Work, stamps: Mapping[int, FileStamp]) -> None:
    refresh_files(work, stamps)


def _find(work: Work, file_ids: Sequence[int]) -> None:
    for some in chunks(file_ids):
        back = update(files).where(files.c.id.in_(some))
        work.connection.execute(back.where(files.c.reason == "").values(status=FileStatus.OK))
        work.connection.execute(back.where(files.c.reason != "").values(status=FileStatus.FAILED))
    _set_views(work, file_ids, before=ViewState.MISSING, after=ViewState.LIVE)


def mark_missing(work: Work, file_ids: Sequence[int]) -> None:
    """Files without an item (archives, failures) are forgotten, others kept as missing."""
    if not file_ids:
        return
    work.lock()
    mine = _own_files(work, file_ids)
    for some in chunks(i for i, row in mine.items() if row.item_id is None):
        work.connection.execute(delete(files).where(files.c.id.in_(some)))
    gone = [
        i for i, row in mine.items() if row.item_id is not None and row.status != FileStatus.MISSING
    ]
    for some in chunks(gone):
        statement = update(files).where(files.c.id.in_(some)).values(status=FileStatus.MISSING)
        work.connection.execute(statement)
    _set_views(work, gone, before=ViewState.LIVE, after=ViewState.MISSING)


def _set_views(work: Work, file_ids: Sequence[int], *, before: ViewState, after: ViewState) -> None:
    """Flip the state of these files' views, and settle what that makes of their items."""
    item_ids: set[int] = set()
    for some in chunks(file_ids):
        flipped = (
            update(views)
            .where(views.c.file_id.in_(some), views.c.state == before)
            .values(state=after)
            .returning(views.c.item_id)
        )
        item_ids.update(work.connection.execute(flipped).scalars())
    settle_items(work, item_ids)


def _own_files(work: Work, file_ids: Iterable[int]) -> dict[int, Any]:
    """Rows (id, status, item_id) of those of the files that are in the work's gallery."""
    found: dict[int, Any] = {}
    for some in chunks(storable_ids(file_ids)):
        query = select(files.c.id, files.c.status, files.c.item_id)
        query = _in_gallery(query, work.gallery_id).where(files.c.id.in_(some))
        found.update((row.id, row) for row in work.connection.execute(query))
    return found
