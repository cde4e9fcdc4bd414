"""What waits is counted by its kind, so that none of one kind pushes out another's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. What waits by now is of no kind, and taken as ever."""
    op.add_column(
        "pending", sa.Column("kind", sa.String(length=32), nullable=False, server_default=sa.text("''"))
    )
    op.create_index("ix_pending_kind", "pending", ["kind"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_pending_kind", "pending")
    op.drop_column("pending", "kind")
