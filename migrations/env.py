"""Runs migrations on the connection that `search.adapters.sql.schema` has opened and locked."""

from __future__ import annotations

from alembic import context

from search.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
