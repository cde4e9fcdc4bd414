"""Runs migrations inside the transaction that `migrate` opened; Alembic loads this file by its name."""

from __future__ import annotations

from alembic import context

from hub.stores.registry import access_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=access_tables.Account.metadata,
    render_as_batch=True,
)
context.run_migrations()
