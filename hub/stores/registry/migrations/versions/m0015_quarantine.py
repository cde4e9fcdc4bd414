"""Rows that wait in quarantine, how sources' columns drift, and what a run tells of both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    op.add_column("sync_run", sa.Column("quarantined", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("sync_run", sa.Column("drift", sa.Text()))
    _quarantined()
    _column_drift()


def downgrade() -> None:
    """Back. The files of rows that wait stay where they are."""
    op.drop_table("column_drift")
    op.drop_table("quarantined")
    op.drop_column("sync_run", "drift")
    op.drop_column("sync_run", "quarantined")


def _quarantined() -> None:
    op.create_table(
        "quarantined",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("written_at", MOMENT),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("replayed_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.Column("settled_by", sa.String(length=200)),
        sa.Column("swept_at", MOMENT),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name="fk_quarantined_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_quarantined"),
        sa.UniqueConstraint("name", name="uq_quarantined_name"),
        sqlite_autoincrement=True,
    )
    for column in ("link_id", "state"):
        op.create_index(f"ix_quarantined_{column}", "quarantined", [column], unique=False)


def _column_drift() -> None:
    op.create_table(
        "column_drift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("came", sa.String(length=200)),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("settled_by", sa.String(length=200)),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name="fk_column_drift_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_column_drift"),
        sa.UniqueConstraint("link_id", "column", "kind", name="uq_column_drift_link_id_column_kind"),
        sqlite_autoincrement=True,
    )
