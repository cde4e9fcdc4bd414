"""Batches that held rows of the registry, with their receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "received_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("province", sa.String(length=6)),
        sa.Column("region", sa.String(length=6)),
        sa.Column("unit", sa.String(length=18)),
        sa.PrimaryKeyConstraint("id", name="pk_received_batch"),
        sa.UniqueConstraint("source", "key", name="uq_received_batch_source_key"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Back. Who sends such a batch again is written down as somebody new; its rows stand as they are."""
    op.drop_table("received_batch")
