"""Calibrations and heads, kept for ever: the newest that was not taken back counts."""

from __future__ import annotations

import time

from sqlalchemy import Connection, exists, insert, select

from search.adapters.sql.tables import category_models
from search.adapters.sql.work import Work
from search.domain.category import CategoryModel, ModelKind
from search.errors import NotFoundError

_MODEL = (
    category_models.c.id,
    category_models.c.taxonomy_id,
    category_models.c.space_id,
    category_models.c.kind,
    category_models.c.payload,
    category_models.c.report,
    category_models.c.created_at,
)


def category_model(
    connection: Connection, taxonomy_id: int, space_id: str, kind: ModelKind
) -> CategoryModel | None:
    undoing = category_models.alias("undoing")
    undone = exists().where(undoing.c.undoes == category_models.c.id)
    query = (
        select(*_MODEL)
        .where(
            category_models.c.taxonomy_id == taxonomy_id,
            category_models.c.space_id == space_id,
            category_models.c.kind == kind,
            category_models.c.undoes.is_(None),
            ~undone,
        )
        .order_by(category_models.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return CategoryModel(
        row.id,
        row.taxonomy_id,
        row.space_id,
        ModelKind(row.kind),
        bytes(row.payload or b""),
        row.report,
        row.created_at,
    )


def add_category_model(
    work: Work,
    taxonomy_id: int,
    space_id: str,
    kind: ModelKind,
    *,
    payload: bytes | None,
    report: str,
    undoes: int | None = None,
) -> None:
    work.lock()
    values = {
        "taxonomy_id": taxonomy_id,
        "space_id": space_id,
        "kind": kind.value,
        "payload": payload,
        "report": report,
        "created_at": time.time(),
        "undoes": undoes,
    }
    work.connection.execute(insert(category_models).values(values))


def undo_category_model(work: Work, taxonomy_id: int, space_id: str, kind: ModelKind) -> None:
    """Raises NotFoundError where there is none to take back."""
    work.lock()
    present = category_model(work.connection, taxonomy_id, space_id, kind)
    if present is None:
        raise NotFoundError(
            f"The taxonomy has no {kind.value} in this model's space to take back.",
            hint="Nothing has been learnt for it, or all of it was taken back.",
        )
    add_category_model(
        work, taxonomy_id, space_id, kind, payload=None, report="{}", undoes=present.id
    )
