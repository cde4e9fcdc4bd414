"""Coefficients say their source: what a unit gave it had measured, the rest was the standard's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OLD = ("variety", "basis", "edition", "since")
_NEW = ("variety", "basis", "source", "edition", "since")
_UNIT_IS_NULL = sa.text("unit_id IS NULL")


def upgrade() -> None:
    """Forward."""
    op.add_column("coefficient", sa.Column("source", sa.String(length=32)))
    op.execute(
        "UPDATE coefficient SET source = CASE WHEN unit_id IS NULL THEN 'standard' ELSE 'measured' END"
    )
    op.drop_index("uq_coefficient_reference", "coefficient")
    with op.batch_alter_table("coefficient") as table:
        table.alter_column("source", existing_type=sa.String(length=32), nullable=False)
        _swap(table, _OLD, _NEW)
    _reference(_NEW)


def downgrade() -> None:
    """Back. The dictionary's rows go: the older tables would take them for the standard's."""
    op.execute("DELETE FROM coefficient WHERE source = 'dictionary'")
    op.drop_index("uq_coefficient_reference", "coefficient")
    with op.batch_alter_table("coefficient") as table:
        _swap(table, _NEW, _OLD)
        table.drop_column("source")
    _reference(_OLD)


def _swap(table: BatchOperations, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    table.drop_constraint(f"uq_coefficient_{'_'.join(old)}_unit_id", type_="unique")
    table.create_unique_constraint(f"uq_coefficient_{'_'.join(new)}_unit_id", [*new, "unit_id"])


def _reference(key: tuple[str, ...]) -> None:
    op.create_index(
        "uq_coefficient_reference",
        "coefficient",
        list(key),
        unique=True,
        sqlite_where=_UNIT_IS_NULL,
        postgresql_where=_UNIT_IS_NULL,
    )
