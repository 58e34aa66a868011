"""Alembic's entry: runs the migrations on the connection that :mod:`catalog.store.engine` hands over."""

from __future__ import annotations

from alembic import context

from catalog.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter columns in place
    transactional_ddl=False,  # the caller's transaction holds it all
)
context.run_migrations()
