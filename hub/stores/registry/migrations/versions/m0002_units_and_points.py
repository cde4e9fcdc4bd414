"""Units with their access ends, instruments, data points, coefficients and waivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _unit()
    _access_end_milestone()
    _instrument()
    _data_point()
    _coefficient()
    _waiver()


def downgrade() -> None:
    """Back."""
    for table in ("waiver", "coefficient", "data_point", "instrument", "access_end_milestone", "unit"):
        op.drop_table(table)


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("city", sa.String(length=6)),
        sa.Column("industry", sa.String(length=5), nullable=False),
        sa.Column("section", sa.String(length=1), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("roster_batch", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_unit_province"),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name="fk_unit_region"),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
        sa.UniqueConstraint("credit_code", name="uq_unit_credit_code"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_unit_province", "unit", ["province"], unique=False)
    op.create_index("ix_unit_region", "unit", ["region"], unique=False)


def _access_end_milestone() -> None:
    op.create_table(
        "access_end_milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column("actual", sa.Date()),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_access_end_milestone_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_access_end_milestone"),
        sa.UniqueConstraint("unit_id", "stage", name="uq_access_end_milestone_unit_id_stage"),
    )


def _instrument() -> None:
    op.create_table(
        "instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("type_code", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("accuracy_class", sa.String(length=32), nullable=False),
        sa.Column("calibrated_on", sa.Date()),
        sa.Column("calibration_until", sa.Date()),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_instrument_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_instrument"),
        sa.UniqueConstraint("unit_id", "number", name="uq_instrument_unit_id_number"),
    )


def _data_point() -> None:
    op.create_table(
        "data_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("variety", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(length=32)),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("granularity", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("low", sa.BigInteger()),
        sa.Column("high", sa.BigInteger()),
        sa.Column("instrument", sa.String(length=64)),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_data_point_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_data_point"),
        sa.UniqueConstraint("unit_id", "code", name="uq_data_point_unit_id_code"),
        sa.UniqueConstraint("unit_id", "point_id", name="uq_data_point_unit_id_point_id"),
        sqlite_autoincrement=True,
    )


def _coefficient() -> None:
    op.create_table(
        "coefficient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variety", sa.String(length=6), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("kgce", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("unit_id", sa.Integer()),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_coefficient_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_coefficient"),
        sa.UniqueConstraint(
            "variety",
            "basis",
            "edition",
            "since",
            "unit_id",
            name="uq_coefficient_variety_basis_edition_since_unit_id",
        ),
    )
    op.create_index("ix_coefficient_unit_id", "coefficient", ["unit_id"], unique=False)
    op.create_index(
        "uq_coefficient_reference",
        "coefficient",
        ["variety", "basis", "edition", "since"],
        unique=True,
        sqlite_where=sa.text("unit_id IS NULL"),
        postgresql_where=sa.text("unit_id IS NULL"),
    )


def _waiver() -> None:
    op.create_table(
        "waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("energy", sa.String(length=32), nullable=False),
        sa.Column("grantor", sa.String(length=200), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_waiver_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_waiver"),
        sa.UniqueConstraint("unit_id", "energy", name="uq_waiver_unit_id_energy"),
    )
