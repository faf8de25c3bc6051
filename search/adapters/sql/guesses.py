"""Models' guesses, written in bulk, and up to where they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select, update

from search.adapters.sql.galleries import dim_of
from search.adapters.sql.inserting import insert_columns
from search.adapters.sql.tables import guesses, taxonomies, taxonomy_coverage
from search.adapters.sql.work import Work, listed
from search.domain.arrays import IdArray
from search.domain.category import Coverage, GuessRows, Prototypes
from search.errors import ConflictError, NotFoundError

_STORED = np.dtype("<f4")
_COVERAGE = (
    taxonomy_coverage.c.id,
    taxonomy_coverage.c.taxonomy_id,
    taxonomy_coverage.c.space_id,
    taxonomy_coverage.c.made_from,
    taxonomy_coverage.c.revision,
)


def coverage(connection: Connection, taxonomy_id: int, space_id: str) -> Coverage | None:
    query = select(*_COVERAGE).where(
        taxonomy_coverage.c.taxonomy_id == taxonomy_id, taxonomy_coverage.c.space_id == space_id
    )
    row = connection.execute(query).first()
    return None if row is None else Coverage(*row)


def prototypes(connection: Connection, made: Coverage) -> Prototypes | None:
    query = select(
        taxonomy_coverage.c.prototypes_digest,
        taxonomy_coverage.c.prototypes,
        taxonomy_coverage.c.logit_scale,
        taxonomy_coverage.c.logit_bias,
    ).where(taxonomy_coverage.c.id == made.id, taxonomy_coverage.c.prototypes.is_not(None))
    row = connection.execute(query).first()
    if row is None:
        return None
    flat = np.frombuffer(row.prototypes, dtype=_STORED).astype(np.float32)
    vectors = flat.reshape(-1, dim_of(connection, made.space_id))
    return Prototypes(row.prototypes_digest, vectors, row.logit_scale, row.logit_bias)


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


def keep_prototypes(work: Work, made: Coverage, kept: Prototypes) -> None:
    work.lock()
    statement = update(taxonomy_coverage).where(taxonomy_coverage.c.id == made.id)
    values = {
        "prototypes_digest": kept.digest,
        "prototypes": np.ascontiguousarray(kept.vectors, dtype=_STORED).tobytes(),
        "logit_scale": kept.logit_scale,
        "logit_bias": kept.logit_bias,
    }
    work.connection.execute(statement.values(values))


def store_guesses(work: Work, made: Coverage, item_ids: IdArray, rows: GuessRows) -> None:
    """Replace the guesses of these items, and stamp them; raises ConflictError."""
    work.lock()
    _require_same(work, made)
    if not len(item_ids):
        return
    _clear(work.connection, made.id, item_ids)
    if len(rows):
        insert_columns(
            work.connection,
            guesses,
            {
                "item_id": rows.item_ids.tolist(),
                "coverage_id": [made.id] * len(rows),
                "category_id": rows.category_ids.tolist(),
                "probability": rows.probabilities.tolist(),
                "assigned": rows.assigned.tolist(),
            },
        )
    work.touch(item_ids.tolist())


def _require_same(work: Work, made: Coverage) -> None:
    query = select(taxonomy_coverage.c.made_from).where(taxonomy_coverage.c.id == made.id)
    if work.connection.execute(query).scalar() != made.made_from:
        raise ConflictError(
            "The taxonomy or what it has learnt was changed while items were assigned.",
            hint="`sightline categories assign` goes on with the present one.",
        )


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
    if len(gone):
        some = listed(connection, gone.tolist())
        connection.execute(delete(guesses).where(*here, guesses.c.item_id.in_(some)))


def finish_guessing(work: Work, made: Coverage, revision: int) -> None:
    work.lock()
    _require_same(work, made)
    statement = update(taxonomy_coverage).where(
        taxonomy_coverage.c.id == made.id, taxonomy_coverage.c.revision < revision
    )
    work.connection.execute(statement.values(revision=revision))


def remove_space_guesses(work: Work, space_id: str) -> None:
    """Forget what models guessed in a space."""
    mine = select(taxonomies.c.id).where(taxonomies.c.gallery_id == work.gallery_id)
    here = (taxonomy_coverage.c.space_id == space_id, taxonomy_coverage.c.taxonomy_id.in_(mine))
    covered = select(taxonomy_coverage.c.id).where(*here)
    work.connection.execute(delete(guesses).where(guesses.c.coverage_id.in_(covered)))
    work.connection.execute(delete(taxonomy_coverage).where(*here))
