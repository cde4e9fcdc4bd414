"""When access devices were last heard of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENTS = ("registered_at", "checked_at", "uploaded_at")


def upgrade() -> None:
    """Forward."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "device_seen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=18), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        *(sa.Column(name, moment) for name in MOMENTS),
        sa.Column("dictionary_told", sa.String(length=32)),
        sa.Column("told_at", moment),
        sa.Column("dictionary_taken", sa.String(length=32)),
        sa.Column("taken_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_device_seen"),
        sa.UniqueConstraint("unit", "link", name="uq_device_seen_unit_link"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("device_seen")
