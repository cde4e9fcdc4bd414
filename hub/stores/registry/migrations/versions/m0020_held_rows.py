"""Few rows of a device wait in the registry itself, many in a file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Files of before stay as they are."""
    op.create_table(
        "held_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["quarantined.id"], name="fk_held_row_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_held_row"),
        sqlite_autoincrement=True,
    )
    for column in ("file_id", "digest"):
        op.create_index(f"ix_held_row_{column}", "held_row", [column], unique=False)


def downgrade() -> None:
    """Back. Rows that wait here are lost with their table: approve or refuse their devices before."""
    op.drop_table("held_row")
