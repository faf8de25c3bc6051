"""Taxonomies, their versions, and their categories' ids."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from search.adapters.sql.effective import with_categories
from search.adapters.sql.inserting import insert_rows
from search.adapters.sql.tables import (
    categories,
    category_ancestors,
    guesses,
    taxonomies,
    taxonomy_versions,
)
from search.adapters.sql.work import Work, chunks
from search.categories.stored import StoredTaxonomy, TaxonomyVersion
from search.categories.taxonomy import SEPARATOR, Taxonomy
from search.categories.taxonomy_file import read_taxonomy, write_taxonomy
from search.domain.text import fold
from search.errors import NotFoundError


def stored_taxonomies(
    connection: Connection, gallery_id: int, *, also_inactive: bool
) -> list[StoredTaxonomy]:
    query = select(taxonomies).where(taxonomies.c.gallery_id == gallery_id)
    if not also_inactive:
        query = query.where(taxonomies.c.active.is_(True))
    rows = connection.execute(query.order_by(taxonomies.c.folded)).all()
    return [_stored(connection, row) for row in rows]


def stored_taxonomy(connection: Connection, gallery_id: int, name: str) -> StoredTaxonomy:
    row = connection.execute(_named(gallery_id, name)).first()
    if row is None:
        raise NotFoundError(
            f"The gallery has no taxonomy {name!r}.",
            hint="`sightline categories list` shows them; `sightline categories import` adds one.",
        )
    return _stored(connection, row)


def _named(gallery_id: int, name: str) -> Any:
    return select(taxonomies).where(
        taxonomies.c.gallery_id == gallery_id, taxonomies.c.folded == fold(name.strip())
    )


def _stored(connection: Connection, row: Row[Any]) -> StoredTaxonomy:
    query = select(categories.c.path, categories.c.id)
    query = query.where(categories.c.taxonomy_id == row.id, categories.c.removed.is_(False))
    ids = {row.path: row.id for row in connection.execute(query)}
    return StoredTaxonomy(row.id, read_taxonomy(row.document), row.active, ids)


def versions_of(connection: Connection, taxonomy_id: int) -> list[TaxonomyVersion]:
    query = (
        select(taxonomy_versions)
        .where(taxonomy_versions.c.taxonomy_id == taxonomy_id)
        .order_by(taxonomy_versions.c.version.desc())
    )
    return [
        TaxonomyVersion(row.version, len(read_taxonomy(row.document).paths()), row.created_at)
        for row in connection.execute(query)
    ]


def taxonomy_of_version(connection: Connection, taxonomy_id: int, version: int) -> Taxonomy:
    query = select(taxonomy_versions.c.document).where(
        taxonomy_versions.c.taxonomy_id == taxonomy_id, taxonomy_versions.c.version == version
    )
    document = connection.execute(query).scalar()
    if document is None:
        raise NotFoundError(
            f"The taxonomy never had a version {version}.",
            hint="`sightline categories list --versions` shows which there are.",
        )
    return read_taxonomy(document)


def store_taxonomy(work: Work, taxonomy: Taxonomy) -> StoredTaxonomy:
    work.lock()
    connection = work.connection
    row = connection.execute(_named(work.gallery_id, taxonomy.name)).first()
    if row is None:
        taxonomy_id = _insert(work, taxonomy)
    else:
        taxonomy_id = row.id
        before = read_taxonomy(row.document)
        same = replace(before, version=taxonomy.version) == taxonomy
        if same and row.active:
            return _stored(connection, row)
        if same:
            set_active(work, taxonomy_id, True)
            return stored_taxonomy(connection, work.gallery_id, taxonomy.name)
        taxonomy = replace(taxonomy, version=max(taxonomy.version, row.version + 1))
        _update(work, taxonomy_id, taxonomy)
    version = {
        "taxonomy_id": taxonomy_id,
        "version": taxonomy.version,
        "document": write_taxonomy(taxonomy),
        "created_at": time.time(),
    }
    connection.execute(insert(taxonomy_versions).values(version))
    _store_categories(work, taxonomy_id, taxonomy)
    work.changed = True
    return stored_taxonomy(connection, work.gallery_id, taxonomy.name)


def _insert(work: Work, taxonomy: Taxonomy) -> int:
    values = {**_columns(taxonomy), "gallery_id": work.gallery_id}
    statement = insert(taxonomies).values(values).returning(taxonomies.c.id)
    return int(work.connection.execute(statement).scalar_one())


def _update(work: Work, taxonomy_id: int, taxonomy: Taxonomy) -> None:
    statement = update(taxonomies).where(taxonomies.c.id == taxonomy_id)
    work.connection.execute(statement.values(_columns(taxonomy)))


def _columns(taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "name": taxonomy.name,
        "folded": fold(taxonomy.name),
        "version": taxonomy.version,
        "mode": taxonomy.mode.value,
        "active": True,
        "document": write_taxonomy(taxonomy),
    }


def set_active(work: Work, taxonomy_id: int, active: bool) -> None:
    """Items lose or get back the taxonomy's categories, so they are stamped."""
    work.lock()
    own = (taxonomies.c.id == taxonomy_id, taxonomies.c.gallery_id == work.gallery_id)
    statement = update(taxonomies).where(*own, taxonomies.c.active.is_not(active))
    if work.connection.execute(statement.values(active=active)).rowcount == 0:
        return
    work.changed = True
    mine = select(categories.c.id).where(categories.c.taxonomy_id == taxonomy_id)
    work.touch(work.connection.execute(with_categories(mine)).scalars())


def _store_categories(work: Work, taxonomy_id: int, taxonomy: Taxonomy) -> None:
    """Categories keep their ids by path; what is gone is marked, and its guesses go."""
    connection = work.connection
    query = select(categories.c.folded, categories.c.id, categories.c.removed)
    known = {
        row.folded: row
        for row in connection.execute(query.where(categories.c.taxonomy_id == taxonomy_id))
    }
    wanted = {fold(one.path): one for one in taxonomy.walk()}
    gone = [row.id for folded, row in known.items() if folded not in wanted and not row.removed]
    for some in chunks(gone):
        work.touch(connection.execute(with_categories(some)).scalars())
        connection.execute(update(categories).where(categories.c.id.in_(some)).values(removed=True))
        connection.execute(delete(guesses).where(guesses.c.category_id.in_(some)))
    kept = [
        {"_id": known[folded].id, "_path": one.path}
        for folded, one in wanted.items()
        if folded in known
    ]
    if kept:
        statement = update(categories).where(categories.c.id == bindparam("_id"))
        connection.execute(statement.values(path=bindparam("_path"), removed=False), kept)
        back = [known[folded].id for folded in wanted if folded in known and known[folded].removed]
        for some in chunks(back):
            work.touch(connection.execute(with_categories(some)).scalars())
    new = [
        {
            "taxonomy_id": taxonomy_id,
            "path": one.path,
            "folded": folded,
            "folded_name": fold(one.name),
            "removed": False,
        }
        for folded, one in wanted.items()
        if folded not in known
    ]
    ids = {folded: row.id for folded, row in known.items()}
    if new:
        added = insert_rows(connection, categories, new, categories.c.folded, categories.c.id)
        ids |= {row.folded: row.id for row in added}
    _store_ancestors(work, taxonomy_id, {folded: ids[folded] for folded in wanted})


def _store_ancestors(work: Work, taxonomy_id: int, ids: Mapping[str, int]) -> None:
    mine = select(categories.c.id).where(categories.c.taxonomy_id == taxonomy_id)
    work.connection.execute(
        delete(category_ancestors).where(category_ancestors.c.category_id.in_(mine))
    )
    rows = [
        {"category_id": category_id, "ancestor_id": ids[ancestor]}
        for folded, category_id in ids.items()
        for ancestor in _upwards(folded)
    ]
    insert_rows(work.connection, category_ancestors, rows)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(SEPARATOR)[0]
