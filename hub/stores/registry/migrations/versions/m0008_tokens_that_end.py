"""A client's token may have an end; those of before have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("client", sa.Column("expires_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Back. Tokens that were to end live on in the older tables, so those clients are revoked."""
    op.execute(
        "UPDATE client SET revoked_at = expires_at WHERE revoked_at IS NULL AND expires_at IS NOT NULL"
    )
    op.drop_column("client", "expires_at")
