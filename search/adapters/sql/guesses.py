"""Models' guesses, written in bulk, and up to where they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, insert, select, update

from search.adapters.sql.inserting import insert_columns
from search.adapters.sql.tables import guesses, taxonomies, taxonomy_coverage
from search.adapters.sql.work import Work
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.category import Coverage, GuessRows
from search.errors import ConflictError, NotFoundError

_STORED = np.dtype("<f4")
_COVERAGE = (
    taxonomy_coverage.c.id,
    taxonomy_coverage.c.taxonomy_id,
    taxonomy_coverage.c.space_id,
    taxonomy_coverage.c.made_from,
    taxonomy_coverage.c.revision,
    taxonomy_coverage.c.prototypes_digest,
)


def coverage(connection: Connection, taxonomy_id: int, space_id: str) -> Coverage | None:
    query = select(*_COVERAGE).where(
        taxonomy_coverage.c.taxonomy_id == taxonomy_id, taxonomy_coverage.c.space_id == space_id
    )
    row = connection.execute(query).first()
    return None if row is None else Coverage(*row)


def prototypes(connection: Connection, coverage_id: int, dim: int) -> FloatMatrix | None:
    query = select(taxonomy_coverage.c.prototypes).where(taxonomy_coverage.c.id == coverage_id)
    stored = connection.execute(query).scalar()
    if stored is None:
        return None
    return np.frombuffer(stored, dtype=_STORED).reshape(-1, dim).astype(np.float32)


def guess_rows(
    connection: Connection, coverage_id: int, first_item: int, last_item: int
) -> GuessRows:
    query = (
        select(guesses.c.item_id, guesses.c.category_id, guesses.c.probability, guesses.c.assigned)
        .where(
            guesses.c.coverage_id == coverage_id,
            guesses.c.item_id >= first_item,
            guesses.c.item_id <= last_item,
        )
        .order_by(guesses.c.item_id, guesses.c.category_id)
    )
    return _columns(connection.execute(query).all())


def _columns(rows: Any) -> GuessRows:
    item_ids, category_ids, chances, assigned = (
        zip(*rows, strict=True) if rows else ((), (), (), ())
    )
    return GuessRows(
        np.array(item_ids, np.int64),
        np.array(category_ids, np.int64),
        np.array(chances, np.float32),
        np.array(assigned, bool),
    )


def begin_guessing(work: Work, taxonomy_id: int, space_id: str, made_from: str) -> Coverage:
    """Guesses made from something else count as not made, and are replaced one by one."""
    work.lock()
    _require_taxonomy(work, taxonomy_id)
    known = coverage(work.connection, taxonomy_id, space_id)
    if known is None:
        values = {
            "taxonomy_id": taxonomy_id,
            "space_id": space_id,
            "made_from": made_from,
            "revision": 0,
            "prototypes_digest": "",
        }
        work.connection.execute(insert(taxonomy_coverage).values(values))
    elif known.made_from != made_from:
        statement = update(taxonomy_coverage).where(taxonomy_coverage.c.id == known.id)
        work.connection.execute(statement.values(made_from=made_from, revision=0))
    else:
        return known
    found = coverage(work.connection, taxonomy_id, space_id)
    if found is None:
        raise NotFoundError("The taxonomy is gone.")
    return found


def _require_taxonomy(work: Work, taxonomy_id: int) -> None:
    query = select(taxonomies.c.id).where(
        taxonomies.c.id == taxonomy_id, taxonomies.c.gallery_id == work.gallery_id
    )
    if work.connection.execute(query).first() is None:
        raise NotFoundError("The gallery has no such taxonomy.")


def keep_prototypes(work: Work, coverage_id: int, digest: str, vectors: FloatMatrix) -> None:
    statement = update(taxonomy_coverage).where(taxonomy_coverage.c.id == coverage_id)
    stored = np.ascontiguousarray(vectors, dtype=_STORED).tobytes()
    work.connection.execute(statement.values(prototypes_digest=digest, prototypes=stored))


def store_guesses(work: Work, coverage_id: int, item_ids: IdArray, rows: GuessRows) -> None:
    """Replace the guesses of these items, and stamp them.

    Raises:
        ConflictError: the coverage was removed meanwhile, with its taxonomy or space.
    """
    work.lock()
    if not len(item_ids):
        return
    if _numbered(work.connection, coverage_id) is None:
        raise ConflictError(
            "The taxonomy or the model was removed while items were assigned.", hint="Try again."
        )
    _clear(work.connection, coverage_id, item_ids)
    if len(rows):
        insert_columns(
            work.connection,
            guesses,
            {
                "item_id": rows.item_ids.tolist(),
                "coverage_id": [coverage_id] * len(rows),
                "category_id": rows.category_ids.tolist(),
                "probability": rows.probabilities.tolist(),
                "assigned": rows.assigned.tolist(),
            },
        )
    work.touch(item_ids.tolist())


def _numbered(connection: Connection, coverage_id: int) -> Row[Any] | None:
    query = select(taxonomy_coverage.c.id).where(taxonomy_coverage.c.id == coverage_id)
    return connection.execute(query).first()


def _clear(connection: Connection, coverage_id: int, item_ids: IdArray) -> None:
    first, last = int(item_ids[0]), int(item_ids[-1])
    here = (
        guesses.c.coverage_id == coverage_id,
        guesses.c.item_id >= first,
        guesses.c.item_id <= last,
    )
    present = np.fromiter(
        connection.execute(select(guesses.c.item_id).where(*here).distinct()).scalars(), np.int64
    )
    gone = np.intersect1d(present, item_ids, assume_unique=True)
    if len(gone) == len(present):
        if len(present):
            connection.execute(delete(guesses).where(*here))
        return
    for start in range(0, len(gone), 500):
        some = gone[start : start + 500].tolist()
        connection.execute(
            delete(guesses).where(guesses.c.coverage_id == coverage_id, guesses.c.item_id.in_(some))
        )


def finish_guessing(work: Work, coverage_id: int, revision: int) -> None:
    work.lock()
    known = _numbered(work.connection, coverage_id)
    if known is None:
        return
    statement = update(taxonomy_coverage).where(
        taxonomy_coverage.c.id == coverage_id, taxonomy_coverage.c.revision < revision
    )
    work.connection.execute(statement.values(revision=revision))


def remove_space_guesses(work: Work, space_id: str) -> None:
    """Forget what models guessed in a space."""
    mine = select(taxonomies.c.id).where(taxonomies.c.gallery_id == work.gallery_id)
    here = (taxonomy_coverage.c.space_id == space_id, taxonomy_coverage.c.taxonomy_id.in_(mine))
    covered = select(taxonomy_coverage.c.id).where(*here)
    work.connection.execute(delete(guesses).where(guesses.c.coverage_id.in_(covered)))
    work.connection.execute(delete(taxonomy_coverage).where(*here))
