"""Runs migrations inside the transaction that `migrate` opened; Alembic loads this file by its name."""

from __future__ import annotations

from alembic import context

from hub.stores.registry import exchange_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=exchange_tables.ReceivedBatch.metadata,
    render_as_batch=True,
)
context.run_migrations()
