"""Supervision: inspections of units, rectification orders, credit entries, scores, bulletins."""

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
    _rectification_order()
    _credit_entry()
    _score()
    _bulletin()


def downgrade() -> None:
    """Back."""
    for table in ("bulletin", "score", "credit_entry", "rectification_order", "inspection"):
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


def _rectification_order() -> None:
    op.create_table(
        "rectification_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=48), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("inspection", sa.String(length=64)),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.ForeignKeyConstraint(["inspection"], ["inspection.key"], name="fk_rectification_order_inspection"),
        sa.ForeignKeyConstraint(["issued_by"], ["agency.key"], name="fk_rectification_order_issued_by"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_rectification_order_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rectification_order"),
        sa.UniqueConstraint("number", name="uq_rectification_order_number"),
    )
    for column in ("unit_id", "inspection"):
        op.create_index(f"ix_rectification_order_{column}", "rectification_order", [column], unique=False)


def _credit_entry() -> None:
    op.create_table(
        "credit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("order_number", sa.String(length=48)),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("candidate_on", sa.Date(), nullable=False),
        sa.Column("reviewed_on", sa.Date()),
        sa.Column("listed_on", sa.Date()),
        sa.Column("delisted_on", sa.Date()),
        sa.Column("dismissed_on", sa.Date()),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_number"], ["rectification_order.number"], name="fk_credit_entry_order_number"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_credit_entry_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_entry"),
        sa.UniqueConstraint("key", name="uq_credit_entry_key"),
    )
    for column in ("unit_id", "order_number"):
        op.create_index(f"ix_credit_entry_{column}", "credit_entry", [column], unique=False)


def _score() -> None:
    key = ("province", "quarter", "formula", "edition", "index_name")
    op.create_table(
        "score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("formula", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=64), nullable=False),
        sa.Column("index_name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_score_province"),
        sa.PrimaryKeyConstraint("id", name="pk_score"),
        sa.UniqueConstraint(*key, name=f"uq_score_{'_'.join(key)}"),
    )
    op.create_index("ix_score_quarter", "score", ["quarter"], unique=False)


def _bulletin() -> None:
    op.create_table(
        "bulletin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("as_of_batch", sa.Integer()),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("ndrc_approved_on", sa.Date()),
        sa.Column("samr_approved_on", sa.Date()),
        sa.Column("published_on", sa.Date()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bulletin"),
        sa.UniqueConstraint("quarter", "edition", name="uq_bulletin_quarter_edition"),
    )
