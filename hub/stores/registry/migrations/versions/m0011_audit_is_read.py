"""The audit is listed by who, what, where and when, the newest first; and a row of it cannot be put in another's place."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OF_A_VALUE = ("who", "action", "noun", "subject", "province", "unit")
BEFORE = ("subject", "province")  # by which it was found alone
# A replaced row is deleted without its trigger, so an id that is there may not come again.
NO_REPLACEMENT = (
    "CREATE TRIGGER audit_no_replacement BEFORE INSERT ON audit "
    "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
)


def upgrade() -> None:
    """Forward."""
    for column in BEFORE:
        op.drop_index(f"ix_audit_{column}", "audit")
    op.create_index("ix_audit_at", "audit", ["at"])
    for column in OF_A_VALUE:
        op.create_index(f"ix_audit_{column}_at", "audit", [column, "at"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(NO_REPLACEMENT)


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_no_replacement")
    for column in OF_A_VALUE:
        op.drop_index(f"ix_audit_{column}_at", "audit")
    op.drop_index("ix_audit_at", "audit")
    for column in BEFORE:
        op.create_index(f"ix_audit_{column}", "audit", [column])
