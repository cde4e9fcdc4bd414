"""Runs migrations inside the transaction that `migrate` opened; Alembic loads this file by its name."""

from __future__ import annotations

from alembic import context

from hub.stores.door.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True
)
context.run_migrations()
