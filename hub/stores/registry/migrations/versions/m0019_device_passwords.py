"""What devices of the AK dialect show for a token: a sealed digest each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "device_password",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["access_device.id"], name="fk_device_password_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_password"),
        sa.UniqueConstraint("device_id", name="uq_device_password_device_id"),
    )


def downgrade() -> None:
    """Back. Devices apply again, and agree on their password anew."""
    op.drop_table("device_password")
