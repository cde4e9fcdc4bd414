"""What comparing links' two ends came to, and where they differ."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
_COUNTS = (
    "buckets", "bytes_read", "rows_read", "recounted", "missing", "changed", "newer_here", "taken_back", "gone_there",
    "given_back", "differing",
)  # fmt: skip


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("as_of", sa.BigInteger()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        sa.Column("fault", sa.Text()),
        sa.Column("method", sa.String(length=32)),
        sa.Column("share", sa.BigInteger()),
        sa.Column("seed", sa.BigInteger()),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name="fk_reconciliation_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reconciliation_link_id", "reconciliation", ["link_id"], unique=False)
    op.create_table(
        "difference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=18), nullable=False),
        sa.Column("granularity", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("here_readings", sa.BigInteger(), nullable=False),
        sa.Column("here_total", sa.Text(), nullable=False),
        sa.Column("there_readings", sa.BigInteger(), nullable=False),
        sa.Column("there_total", sa.Text(), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name="fk_difference_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_difference"),
        sa.UniqueConstraint(
            "link_id", "unit", "granularity", "day", name="uq_difference_link_id_unit_granularity_day"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_difference_unit", "difference", ["unit"], unique=False)


def downgrade() -> None:
    """Back. What was found is found again by the next comparison."""
    op.drop_table("difference")
    op.drop_table("reconciliation")
