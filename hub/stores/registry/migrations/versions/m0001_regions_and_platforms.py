"""The first tables: regions, agencies, responsible persons, platforms with their milestones, quarterly reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _region()
    _agency()
    _person()
    _platform()
    _platform_milestone()
    _quarterly_report()


def downgrade() -> None:
    """Back."""
    for table in ("quarterly_report", "platform_milestone", "platform", "person", "agency", "region"):
        op.drop_table(table)


def _region() -> None:
    op.create_table(
        "region",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=200), nullable=False),
        sa.Column("english", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("parent", sa.String(length=6)),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("tile_column", sa.Integer()),
        sa.Column("tile_row", sa.Integer()),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("abolished", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_region"),
        sa.UniqueConstraint("code", name="uq_region_code"),
    )
    op.create_index("ix_region_parent", "region", ["parent"], unique=False)
    op.create_index("ix_region_province", "region", ["province"], unique=False)


def _agency() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("province", sa.String(length=6)),
        sa.Column("mechanism", sa.Text()),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_agency_province"),
        sa.PrimaryKeyConstraint("id", name="pk_agency"),
        sa.UniqueConstraint("key", name="uq_agency_key"),
    )
    op.create_index("ix_agency_province", "agency", ["province"], unique=False)


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("duty", sa.String(length=200)),
        sa.Column("phone", sa.String(length=64)),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_person_agency_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("agency_id", "name", name="uq_person_agency_id_name"),
    )


def _platform() -> None:
    op.create_table(
        "platform",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("operation_assured", sa.Boolean(), nullable=False),
        sa.Column("filed_on", sa.Date()),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_platform_province"),
        sa.PrimaryKeyConstraint("id", name="pk_platform"),
        sa.UniqueConstraint("province", name="uq_platform_province"),
    )


def _platform_milestone() -> None:
    op.create_table(
        "platform_milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column("actual", sa.Date()),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_platform_milestone_province"),
        sa.PrimaryKeyConstraint("id", name="pk_platform_milestone"),
        sa.UniqueConstraint("province", "stage", name="uq_platform_milestone_province_stage"),
    )


def _quarterly_report() -> None:
    op.create_table(
        "quarterly_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("submitted_on", sa.Date()),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("suggestions", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_quarterly_report_province"),
        sa.PrimaryKeyConstraint("id", name="pk_quarterly_report"),
        sa.UniqueConstraint("province", "quarter", name="uq_quarterly_report_province_quarter"),
    )
    op.create_index("ix_quarterly_report_quarter", "quarterly_report", ["quarter"], unique=False)
