"""Sessions, what counts once, attempts, what waits, and a log that is only added to, by this program or any other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FIRST_LOG_ID = 2**40
OF_A_VALUE = ("who", "organisation", "action", "subject", "outcome", "province", "unit")
# A replaced row is deleted without its trigger, so an id that is there may not come again.
APPEND_ONLY = "BEGIN SELECT RAISE(ABORT, 'the access log is only added to'); END"
REFUSED = {
    "update": "BEFORE UPDATE ON log",
    "delete": "BEFORE DELETE ON log",
    "replacement": "BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log WHERE id = NEW.id)",
}


def upgrade() -> None:
    """Forward."""
    _session()
    _found_by_digest("once")
    _found_by_digest("pending", sa.Column("sealed", sa.LargeBinary(), nullable=False))
    _attempt()
    _log()
    first = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('log', :first)")
    op.execute(first.bindparams(first=FIRST_LOG_ID))
    for name, when in REFUSED.items():
        op.execute(f"CREATE TRIGGER log_no_{name} {when} {APPEND_ONLY}")


def downgrade() -> None:
    """Back."""
    for table in ("log", "attempt", "pending", "once", "session"):
        op.drop_table(table)


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("how", sa.String(length=32), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("digest", name="uq_session_digest"),
    )
    for column in ("account", "until"):
        op.create_index(f"ix_session_{column}", "session", [column])


def _found_by_digest(table: str, *more: sa.Column[bytes]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        *more,
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("digest", name=f"uq_{table}_digest"),
    )
    op.create_index(f"ix_{table}_until", table, ["until"])


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("digest", name="uq_attempt_digest"),
    )
    op.create_index("ix_attempt_last_at", "attempt", ["last_at"])


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String(length=200)),
        sa.Column("organisation", sa.String(length=200)),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=200)),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.Column("address", sa.String(length=64)),
        sa.Column("request", sa.String(length=200)),
        sa.Column("province", sa.String(length=6)),
        sa.Column("region", sa.String(length=6)),
        sa.Column("unit", sa.String(length=18)),
        sa.CheckConstraint(f"id > {FIRST_LOG_ID}", name="ck_log_id"),
        sa.PrimaryKeyConstraint("id", name="pk_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_log_at", "log", ["at"])
    for column in OF_A_VALUE:
        op.create_index(f"ix_log_{column}_at", "log", [column, "at"])
