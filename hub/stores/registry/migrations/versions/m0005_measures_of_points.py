"""A data point may say the unit its values are in; those of before are in their variety's native unit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("data_point", sa.Column("measure", sa.String(length=32)))


def downgrade() -> None:
    """Back."""
    op.drop_column("data_point", "measure")
