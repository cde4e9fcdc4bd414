"""A session keeps which generation of its account's password, telephone or subject it rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("session", sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back. The older hub would let a session of before count again, so there is none."""
    op.execute("DELETE FROM session")
    op.drop_column("session", "generation")
