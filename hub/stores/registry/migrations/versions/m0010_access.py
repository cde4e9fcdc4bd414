"""Organisations, machines with keys instead of tokens, people, keys to sign with; and an audit that is only added to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ORGANISATIONS = (
    "INSERT INTO organisation (key, name, kind, parts, region, province, unit_id, enabled) "
    "SELECT 'of-' || min(key), organisation, CASE WHEN unit_id IS NOT NULL THEN 'unit' WHEN region IS NOT NULL "
    "THEN 'provincial_department' ELSE 'national_agency' END, CASE WHEN unit_id IS NOT NULL THEN '' "
    "ELSE 'plans instruments' END, region, province, unit_id, true "
    "FROM client GROUP BY organisation, region, province, unit_id ORDER BY min(id)"
)
APPEND_ONLY = (
    "CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
)
VERBS = ("UPDATE", "DELETE")
THEN = ("read", "upload", "sync", "decide", "explore")  # the roles of the older hub


def upgrade() -> None:
    """Forward. Each organisation and reach that clients named becomes an organisation; a client needs a key to go on."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("parts", sa.String(length=200), nullable=False),
        *_seat("organisation"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.UniqueConstraint("key", name="uq_organisation_key"),
    )
    op.create_index("ix_organisation_province", "organisation", ["province"])
    op.execute(ORGANISATIONS)
    _clients()
    _accounts()
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
        sa.UniqueConstraint("kid", name="uq_signing_key_kid"),
    )
    op.create_table(
        "revoked_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revoked_token"),
        sa.UniqueConstraint("jti", name="uq_revoked_token_jti"),
    )
    op.create_index("ix_revoked_token_until", "revoked_token", ["until"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in VERBS:
            op.execute(APPEND_ONLY.format(verb=verb))


def _seat(table: str) -> list[sa.Column[Any] | sa.ForeignKeyConstraint]:
    return [
        sa.Column("region", sa.String(length=6)),
        sa.Column("province", sa.String(length=6)),
        sa.Column("unit_id", sa.Integer()),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=f"fk_{table}_region"),
        sa.ForeignKeyConstraint(["province"], ["region.code"], name=f"fk_{table}_province"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=f"fk_{table}_unit_id"),
    ]


def _clients() -> None:
    """A token of before counts no longer: its digest goes, and a client without a key gets none."""
    before = _rows(
        "SELECT c.id, c.key, o.id AS organisation_id, '{\"keys\":[]}' AS jwks, false AS proves, c.region, c.province, "
        "c.unit_id, c.roles, c.created_at, c.revoked_at, c.expires_at FROM client c JOIN organisation o "
        "ON o.name = c.organisation AND o.region IS NOT DISTINCT FROM c.region "
        "AND o.unit_id IS NOT DISTINCT FROM c.unit_id ORDER BY c.id"
    )
    op.drop_table("client")
    client = op.create_table(
        "client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("jwks", sa.Text(), nullable=False),
        sa.Column("proves", sa.Boolean(), nullable=False),
        *_seat("client"),
        *_tenure(),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_client_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_client"),
        sa.UniqueConstraint("key", name="uq_client_key"),
    )
    _fill(client, before)
    for column in ("organisation_id", "province"):
        op.create_index(f"ix_client_{column}", "client", [column])


def _rows(statement: str) -> list[dict[str, Any]]:
    """Rows, with their moments as such."""
    typed = sa.text(statement).columns(
        proves=sa.Boolean(), created_at=MOMENT, revoked_at=MOMENT, expires_at=MOMENT
    )
    return [dict(row) for row in op.get_bind().execute(typed).mappings()]


def _fill(table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.bulk_insert(table, rows)


def _tenure() -> list[sa.Column[Any]]:
    return [
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("expires_at", MOMENT),
    ]


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        *_seat("account"),
        *_tenure(),
        sa.Column("invitation", sa.String(length=200)),
        sa.Column("invited_until", MOMENT),
        sa.Column("password", sa.String(length=200)),
        sa.Column("totp", sa.Text()),
        sa.Column("issuer", sa.String(length=500)),
        sa.Column("subject", sa.String(length=500)),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_account_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("key", name="uq_account_key"),
        sa.UniqueConstraint("issuer", "subject", name="uq_account_issuer_subject"),
    )
    for column in ("organisation_id", "province"):
        op.create_index(f"ix_account_{column}", "account", [column])


def downgrade() -> None:
    """Back. The older tables know tokens only, which nobody has: all clients are there, and none gets in."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in VERBS:
            op.execute(f"DROP TRIGGER audit_no_{verb}")
    before = _rows(
        "SELECT c.id, c.key, o.name AS organisation, 'none' AS secret_hash, c.region, c.province, c.unit_id, c.roles, "
        "c.created_at, coalesce(c.revoked_at, c.created_at) AS revoked_at, c.expires_at "
        "FROM client c JOIN organisation o ON o.id = c.organisation_id ORDER BY c.id"
    )
    op.drop_table("client")
    client = op.create_table(
        "client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        *_seat("client"),
        *_tenure(),
        sa.PrimaryKeyConstraint("id", name="pk_client"),
        sa.UniqueConstraint("key", name="uq_client_key"),
    )
    _fill(client, [{**row, "roles": _known_then(row["roles"])} for row in before])
    op.create_index("ix_client_province", "client", ["province"])
    for table in ("account", "organisation", "signing_key", "revoked_token"):
        op.drop_table(table)


def _known_then(roles: str) -> str:
    """Of these roles those the older hub knows; one that is left none could not be read, and has the least."""
    return " ".join(role for role in roles.split() if role in THEN) or "read"
