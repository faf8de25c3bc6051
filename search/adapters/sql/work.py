"""One writing transaction on one gallery, as every room of this adapter sees it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Connection, Select, bindparam, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from search.adapters.sql.engine import CHUNK, is_sqlite
from search.adapters.sql.tables import galleries, items
from search.domain.gallery import Lease
from search.errors import NotFoundError

T = TypeVar("T")
STAMPED_AT_ONCE = 50_000


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


@dataclass(slots=True)
class Work:
    """The transaction's connection, and what it has to stamp at its end.

    The gallery's row is locked by the first change and stays so until the commit: writers of one
    gallery take turns, which keeps revisions in commit order and makes deadlocks impossible. No
    writer waits long, since nothing is embedded while a transaction is open.

    `claimed_up_to` outlives the work: where the next search for views to claim begins.
    """

    connection: Connection
    gallery_id: int
    touched: set[int] = field(default_factory=set)
    changed: bool = False
    guards: list[Lease] = field(default_factory=list)
    claimed_up_to: dict[tuple[int, str], int] = field(default_factory=dict)
    _current: int | None = None

    @property
    def current_revision(self) -> int:
        """The gallery's revision before this work; locks the gallery."""
        if self._current is None:
            row = select(galleries.c.revision).where(galleries.c.id == self.gallery_id)
            found = self.connection.execute(row.with_for_update(key_share=True)).scalar()
            if found is None:
                raise NotFoundError(f"There is no gallery with the number {self.gallery_id}.")
            self._current = int(found)
        return self._current

    @property
    def revision(self) -> int:
        """The revision that what changes now will carry; locks the gallery."""
        return self.current_revision + 1

    def lock(self) -> None:
        """Wait for this gallery's other writers."""
        _ = self.current_revision

    def touch(self, item_ids: Iterable[int]) -> None:
        """Have these items stamped with the new revision."""
        self.touched.update(item_ids)
        self.changed = self.changed or bool(self.touched)

    def stamp(self) -> int:
        """Stamp what changed and take the revision; returns the gallery's revision now."""
        if not self.changed:
            query = select(galleries.c.revision).where(galleries.c.id == self.gallery_id)
            return int(self.connection.execute(query).scalar_one())
        for ids in chunks(sorted(self.touched), STAMPED_AT_ONCE):
            statement = update(items).where(
                items.c.id.in_(listed(self.connection, ids)), items.c.revision < self.revision
            )
            self.connection.execute(statement.values(revision=self.revision))
        taken = update(galleries).where(galleries.c.id == self.gallery_id)
        self.connection.execute(taken.values(revision=self.revision))
        return self.revision


def listed(connection: Connection, ids: Sequence[int]) -> Select[Any]:
    """Many ids as one parameter, which is much faster than one each."""
    if is_sqlite(connection):
        rows = func.json_each(json.dumps(ids)).table_valued("value")
        return select(rows.c.value)
    array = cast(bindparam(None, list(ids), type_=ARRAY(BigInteger)), ARRAY(BigInteger))
    return select(func.unnest(array))


def storable_ids(values: Iterable[int]) -> list[int]:
    """Each of the numbers that can be an id, once, ascending."""
    return sorted({int(value) for value in values if 0 < value < 2**63})


def own_items(work: Work, item_ids: Sequence[int]) -> list[int]:
    """Those of the ids that are items of the work's gallery, each once, ascending."""
    found: set[int] = set()
    for ids in chunks(storable_ids(item_ids)):
        # The gallery is no condition: SQLite would walk its whole index instead of the few ids.
        query = select(items.c.id, items.c.gallery_id).where(items.c.id.in_(ids))
        rows = work.connection.execute(query)
        found.update(item for item, gallery_id in rows if gallery_id == work.gallery_id)
    return sorted(found)
