"""Galleries, their embedding spaces and their generations."""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from search.adapters.sql.tables import (
    claims,
    embeddings,
    galleries,
    gallery_spaces,
    generations,
    items,
    spaces,
    views,
)
from search.adapters.sql.work import Work
from search.domain.gallery import Gallery, GallerySpace, GenerationRow, Lease, WantedRecall
from search.domain.space import EmbeddingSpace, Preprocessing
from search.domain.text import storable
from search.errors import ConflictError, NotFoundError, UsageError

_NAME = re.compile(r"[^\W_][\w.-]{0,63}")
_GALLERY = (
    galleries.c.id,
    galleries.c.name,
    galleries.c.epoch,
    galleries.c.revision,
    galleries.c.pruned_below,
    galleries.c.active_space_id,
    galleries.c.previous_space_id,
    galleries.c.wanted_text_recall,
    galleries.c.wanted_picture_recall,
)
_GENERATION = (
    generations.c.id,
    generations.c.space_id,
    generations.c.folder,
    generations.c.revision,
    generations.c.n_rows,
    generations.c.manifest_digest,
)


# Made once, as it is asked with every answer.
_NAMED = select(*_GALLERY).where(galleries.c.name == bindparam("name"))


def all_galleries(connection: Connection) -> list[Gallery]:
    rows = connection.execute(select(*_GALLERY).order_by(galleries.c.name))
    return [_gallery(row) for row in rows]


def gallery_named(connection: Connection, name: str) -> Gallery:
    wanted = unicodedata.normalize("NFC", storable(name))
    row = connection.execute(_NAMED, {"name": wanted}).first()
    if row is None:
        raise NotFoundError(
            f"There is no gallery named '{name}'.",
            hint="`sightline galleries list` shows them; `sightline index PATH` makes one.",
        )
    return _gallery(row)


def gallery_numbered(connection: Connection, gallery_id: int) -> Gallery:
    row = connection.execute(select(*_GALLERY).where(galleries.c.id == gallery_id)).first()
    if row is None:
        raise NotFoundError(f"There is no gallery with the number {gallery_id}.")
    return _gallery(row)


def _gallery(row: Iterable[Any]) -> Gallery:
    *fields, text_recall, picture_recall = row
    return replace(Gallery(*fields), wanted_recall=WantedRecall(text_recall, picture_recall))


def create_gallery(connection: Connection, name: str) -> Gallery:
    wanted = _checked_name(connection, name)
    gallery_id = connection.execute(
        insert(galleries)
        .values(
            name=wanted,
            epoch=secrets.token_hex(8),
            revision=0,
            pruned_below=0,
            created_at=time.time(),
        )
        .returning(galleries.c.id)
    ).scalar_one()
    return gallery_numbered(connection, gallery_id)


def rename_gallery(connection: Connection, gallery_id: int, name: str) -> None:
    if gallery_numbered(connection, gallery_id).name == unicodedata.normalize("NFC", name):
        return
    wanted = _checked_name(connection, name)
    connection.execute(update(galleries).where(galleries.c.id == gallery_id).values(name=wanted))


def set_wanted_recall(work: Work, wanted: WantedRecall) -> None:
    work.lock()
    work.connection.execute(
        update(galleries)
        .where(galleries.c.id == work.gallery_id)
        .values(wanted_text_recall=wanted.texts, wanted_picture_recall=wanted.pictures)
    )


def delete_gallery(connection: Connection, gallery_id: int) -> None:
    """All of a gallery's rows; the big tables first, which is faster than cascading."""
    gallery_numbered(connection, gallery_id)
    for table in (embeddings, views, items):
        connection.execute(delete(table).where(table.c.gallery_id == gallery_id))
    connection.execute(delete(galleries).where(galleries.c.id == gallery_id))


def _checked_name(connection: Connection, name: str) -> str:
    wanted = unicodedata.normalize("NFC", name)
    if not _NAME.fullmatch(wanted):
        raise UsageError(
            f"'{name[:80]}' cannot be a gallery's name.",
            hint="Use up to 64 letters, digits, '-', '_' and '.', a letter or digit first.",
        )
    if connection.execute(select(galleries.c.id).where(galleries.c.name == wanted)).first():
        raise ConflictError(f"There is a gallery named '{wanted}' already.", hint="Take another.")
    return wanted


# Embedding spaces


_SPACES = (
    select(
        spaces,
        gallery_spaces.c.wanted,
        gallery_spaces.c.generation_id,
        gallery_spaces.c.previous_generation_id,
    )
    .join(gallery_spaces, gallery_spaces.c.space_id == spaces.c.id)
    .where(gallery_spaces.c.gallery_id == bindparam("gallery_id"))
    .order_by(spaces.c.id)
)


def spaces_of(connection: Connection, gallery_id: int) -> list[GallerySpace]:
    rows = connection.execute(_SPACES, {"gallery_id": gallery_id}).all()
    if not rows:
        gallery_numbered(connection, gallery_id)
    return [_gallery_space(row) for row in rows]


def dims_of(connection: Connection, gallery_id: int) -> dict[str, int]:
    """The length of a vector in each of the gallery's spaces."""
    query = (
        select(spaces.c.id, spaces.c.dim)
        .join(gallery_spaces, gallery_spaces.c.space_id == spaces.c.id)
        .where(gallery_spaces.c.gallery_id == gallery_id)
    )
    return {row.id: row.dim for row in connection.execute(query)}


def dim_of(connection: Connection, space_id: str) -> int:
    """The length of a vector in a space."""
    dim = connection.execute(select(spaces.c.dim).where(spaces.c.id == space_id)).scalar()
    if dim is None:
        raise unknown_space(space_id)
    return int(dim)


def unknown_space(space_id: str) -> NotFoundError:
    return NotFoundError(
        f"The gallery has no embedding space '{space_id}'.",
        hint="`sightline status` shows the spaces of a gallery.",
    )


def _gallery_space(row: Row[Any]) -> GallerySpace:
    space = _space(row.spec, row.weights_digest, row.dim, row.preprocessing)
    return GallerySpace(space, row.wanted, row.generation_id, row.previous_generation_id)


@lru_cache(maxsize=256)
def _space(spec: str, weights_digest: str, dim: int, preprocessing: str) -> EmbeddingSpace:
    return EmbeddingSpace(spec, weights_digest, dim, Preprocessing.from_json(preprocessing))


def add_space(work: Work, space: EmbeddingSpace, *, wanted: bool) -> None:
    work.lock()
    connection = work.connection
    known = select(spaces.c.id).where(spaces.c.id == space.id)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(spaces).values(
                id=space.id,
                spec=space.spec,
                weights_digest=space.weights_digest,
                dim=space.dim,
                preprocessing=space.preprocessing.to_json(),
            )
        )
    if space.id in dims_of(connection, work.gallery_id):
        if wanted:
            set_wanted(work, space.id, True)
        return
    row = {"gallery_id": work.gallery_id, "space_id": space.id, "wanted": wanted}
    connection.execute(insert(gallery_spaces).values(row))


def set_wanted(work: Work, space_id: str, wanted: bool) -> None:
    work.lock()
    statement = update(gallery_spaces).where(*_this_space(work, space_id)).values(wanted=wanted)
    if work.connection.execute(statement).rowcount == 0:
        raise unknown_space(space_id)


def activate_space(work: Work, space_id: str) -> None:
    work.lock()
    if space_id not in dims_of(work.connection, work.gallery_id):
        raise unknown_space(space_id)
    active = gallery_numbered(work.connection, work.gallery_id).active_space_id
    if active == space_id:
        return
    flip = update(galleries).where(galleries.c.id == work.gallery_id)
    work.connection.execute(flip.values(active_space_id=space_id, previous_space_id=active))
    work.changed = True


def remove_space(work: Work, space_id: str) -> None:
    work.lock()
    gallery = gallery_numbered(work.connection, work.gallery_id)
    if space_id in (gallery.active_space_id, gallery.previous_space_id):
        raise ConflictError(
            f"The embedding space '{space_id}' is in use or kept for rollback.",
            hint="Activate another space first; the one before it can then be removed.",
        )
    if space_id not in dims_of(work.connection, work.gallery_id):
        raise unknown_space(space_id)
    mine = select(views.c.id).where(views.c.gallery_id == work.gallery_id)
    work.connection.execute(
        delete(claims).where(claims.c.space_id == space_id, claims.c.view_id.in_(mine))
    )
    for table in (embeddings, generations):
        work.connection.execute(
            delete(table).where(table.c.gallery_id == work.gallery_id, table.c.space_id == space_id)
        )
    work.connection.execute(delete(gallery_spaces).where(*_this_space(work, space_id)))


def _this_space(work: Work, space_id: str) -> tuple[Any, ...]:
    return (
        gallery_spaces.c.gallery_id == work.gallery_id,
        gallery_spaces.c.space_id == space_id,
    )


# Generations


def generation_numbered(connection: Connection, generation_id: int) -> GenerationRow:
    query = select(*_GENERATION).where(generations.c.id == generation_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(
            f"There is no generation with the number {generation_id}.",
            hint="It may have been pruned: read the gallery's spaces again.",
        )
    return GenerationRow(*row)


def generations_of(connection: Connection, gallery_id: int) -> list[GenerationRow]:
    gallery_numbered(connection, gallery_id)
    return [GenerationRow(*row) for row in connection.execute(_newest_first(gallery_id))]


def _newest_first(gallery_id: int) -> Select[Any]:
    query = select(*_GENERATION).where(generations.c.gallery_id == gallery_id)
    return query.order_by(generations.c.id.desc())


def add_generation(
    work: Work,
    *,
    space_id: str,
    folder: str,
    revision: int,
    n_rows: int,
    manifest_digest: str,
    lease: Lease,
) -> GenerationRow:
    work.lock()
    if space_id not in dims_of(work.connection, work.gallery_id):
        raise unknown_space(space_id)
    if revision > work.current_revision:
        raise ConflictError(
            f"A generation of revision {revision} cannot be of this gallery, "
            f"which is at {work.current_revision}.",
            hint="Build the generation again with `sightline reindex --full`.",
        )
    work.guards.append(lease)
    values = {
        "gallery_id": work.gallery_id,
        "space_id": space_id,
        "folder": folder,
        "revision": revision,
        "n_rows": n_rows,
        "manifest_digest": manifest_digest,
        "created_at": time.time(),
    }
    added = insert(generations).values(values).returning(generations.c.id)
    generation_id = work.connection.execute(added).scalar_one()
    work.connection.execute(
        update(gallery_spaces)
        .where(*_this_space(work, space_id))
        .values(generation_id=generation_id, previous_generation_id=gallery_spaces.c.generation_id)
    )
    return generation_numbered(work.connection, generation_id)


def remove_generations(work: Work, generation_ids: Sequence[int]) -> None:
    """Forget generations; one that searches use leaves its space without one."""
    work.lock()
    if generation_ids:
        work.connection.execute(
            delete(generations).where(
                generations.c.gallery_id == work.gallery_id,
                generations.c.id.in_(list(generation_ids)),
            )
        )
