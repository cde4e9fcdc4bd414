"""Days that sources were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "link_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name="fk_link_day_link_id_link"),
        sa.PrimaryKeyConstraint("id", name="pk_link_day"),
        sa.UniqueConstraint("link_id", "day", name="uq_link_day_link_id_day"),
    )


def downgrade() -> None:
    """Back. A hub of then asks no source for days."""
    op.drop_table("link_day")
