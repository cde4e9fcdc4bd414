"""The audit is listed by who, what, where and when, the newest first."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OF_A_VALUE = ("who", "action", "noun", "subject", "province", "unit")
BEFORE = ("subject", "province")  # by which it was found alone


def upgrade() -> None:
    """Forward."""
    for column in BEFORE:
        op.drop_index(f"ix_audit_{column}", "audit")
    op.create_index("ix_audit_at", "audit", ["at"])
    for column in OF_A_VALUE:
        op.create_index(f"ix_audit_{column}_at", "audit", [column, "at"])


def downgrade() -> None:
    """Back."""
    for column in OF_A_VALUE:
        op.drop_index(f"ix_audit_{column}_at", "audit")
    op.drop_index("ix_audit_at", "audit")
    for column in BEFORE:
        op.create_index(f"ix_audit_{column}", "audit", [column])
