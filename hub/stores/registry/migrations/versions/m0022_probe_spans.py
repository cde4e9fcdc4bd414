"""What units' probes report of time: when they ran, when not, when a meter gave nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "probe_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("data_code", sa.String(length=16), nullable=False),
        sa.Column("begins", MOMENT, nullable=False),
        sa.Column("ends", MOMENT, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_probe_span_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_probe_span"),
        sa.UniqueConstraint(
            "unit_id", "kind", "data_code", "begins", name="uq_probe_span_unit_id_kind_data_code_begins"
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Back. What was reported is lost; a missing value is unexplained then."""
    op.drop_table("probe_span")
