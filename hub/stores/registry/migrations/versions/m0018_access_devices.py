"""Access devices that registered, what they say of themselves, how good their first days are, and whose rows wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward. Who registered before is enrolled as they call again."""
    _access_device()
    _device_said()
    _device_day()
    op.add_column("quarantined", sa.Column("unit", sa.String(length=18)))
    op.create_index("ix_quarantined_unit", "quarantined", ["unit"], unique=False)


def downgrade() -> None:
    """Back. Rows of devices that wait are then rows of their link."""
    op.drop_index("ix_quarantined_unit", "quarantined")
    op.drop_column("quarantined", "unit")
    for name in ("device_day", "device_said", "access_device"):
        op.drop_table(name)


def _access_device() -> None:
    op.create_table(
        "access_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.String(length=200)),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_access_device_unit_id"),
        sa.ForeignKeyConstraint(["link"], ["link.key"], name="fk_access_device_link"),
        sa.PrimaryKeyConstraint("id", name="pk_access_device"),
        sa.UniqueConstraint("unit_id", "link", name="uq_access_device_unit_id_link"),
        sa.UniqueConstraint("link", "place", name="uq_access_device_link_place"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_device_state", "access_device", ["state"], unique=False)


def _device_said() -> None:
    op.create_table(
        "device_said",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("telephones", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["access_device.id"], name="fk_device_said_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_said"),
        sa.UniqueConstraint("device_id", name="uq_device_said_device_id"),
    )


def _device_day() -> None:
    op.create_table(
        "device_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("fitting", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("suspected", sa.Text(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["access_device.id"], name="fk_device_day_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_day"),
        sa.UniqueConstraint("device_id", "day", name="uq_device_day_device_id_day"),
        sqlite_autoincrement=True,
    )
