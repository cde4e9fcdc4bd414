"""When links run and who runs them, why one is paused, and what more is known of each run."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OF_LINK: dict[str, Any] = {
    "every_seconds": sa.Integer(),
    "slot": sa.String(length=32),
    "deadline_seconds": sa.Integer(),
    "paused_by": sa.String(length=200),
    "paused_why": sa.Text(),
    "paused_since": MOMENT,
}
COUNTED = ("superseded", "suspect", "bytes")
OF_RUN: dict[str, Any] = {
    "duration_ms": sa.BigInteger(),
    "newest": MOMENT,
    "lag_s": sa.BigInteger(),
    "faults": sa.Text(),
    "refused": sa.Text(),
    "holder": sa.String(length=200),
    "lease": sa.BigInteger(),
}


def upgrade() -> None:
    """Forward."""
    for name, kind in OF_LINK.items():
        op.add_column("link", sa.Column(name, kind))
    for name in COUNTED:
        op.add_column("sync_run", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    for name, kind in OF_RUN.items():
        op.add_column("sync_run", sa.Column(name, kind))
    _link_state()


def downgrade() -> None:
    """Back. What ran under a lease is a run like any other."""
    op.drop_table("link_state")
    for name in (*COUNTED, *OF_RUN):
        op.drop_column("sync_run", name)
    for name in OF_LINK:
        op.drop_column("link", name)


def _link_state() -> None:
    op.create_table(
        "link_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("breaker", sa.String(length=32), nullable=False),
        sa.Column("breaker_since", MOMENT),
        sa.Column("breaker_until", MOMENT),
        sa.Column("last_success_at", MOMENT),
        sa.Column("newest", MOMENT),
        sa.Column("holder", sa.String(length=200)),
        sa.Column("held_until", MOMENT),
        sa.Column("lease", sa.BigInteger(), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name="fk_link_state_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_link_state"),
        sa.UniqueConstraint("link_id", name="uq_link_state_link_id"),
    )
