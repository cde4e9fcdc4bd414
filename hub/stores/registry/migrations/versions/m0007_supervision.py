"""Supervision: inspections of units."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _inspection()


def downgrade() -> None:
    """Back."""
    for table in ("inspection",):
        op.drop_table(table)


def _inspection() -> None:
    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.key"], name="fk_inspection_agency"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_inspection_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inspection"),
        sa.UniqueConstraint("key", name="uq_inspection_key"),
    )
    op.create_index("ix_inspection_unit_id", "inspection", ["unit_id"], unique=False)
