"""Links with their sync runs, clients, and the audit of every change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _link()
    _sync_run()
    _client()
    _audit()


def downgrade() -> None:
    """Back."""
    for table in ("audit", "client", "sync_run", "link"):
        op.drop_table(table)


def _link() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("dialect", sa.String(length=64), nullable=False),
        sa.Column("province", sa.String(length=6), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("credential", sa.String(length=64)),
        sa.Column("quirks", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_link_province"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        sa.UniqueConstraint("key", name="uq_link_key"),
    )
    op.create_index("ix_link_province", "link", ["province"], unique=False)


def _sync_run() -> None:
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), nullable=False),
        sa.Column("corrected", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name="fk_sync_run_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sync_run"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sync_run_link_id", "sync_run", ["link_id"], unique=False)
    op.create_index("ix_sync_run_state", "sync_run", ["state"], unique=False)


def _client() -> None:
    op.create_table(
        "client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=6)),
        sa.Column("province", sa.String(length=6)),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name="fk_client_province"),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name="fk_client_region"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_client_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_client"),
        sa.UniqueConstraint("key", name="uq_client_key"),
    )
    op.create_index("ix_client_province", "client", ["province"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("noun", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("province", sa.String(length=6)),
        sa.Column("region", sa.String(length=6)),
        sa.Column("unit", sa.String(length=18)),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_noun_id", "audit", ["noun", "id"], unique=False)
    op.create_index("ix_audit_province", "audit", ["province"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
