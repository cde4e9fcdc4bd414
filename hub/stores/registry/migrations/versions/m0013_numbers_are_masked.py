"""Telephone numbers that the audit keeps are masked where they stand; from now on they are written so.

It is the one time that rows of the audit are changed. On SQLite what keeps everybody from it is taken away for as long,
and what was there is overwritten in the file.
"""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "CREATE TRIGGER audit_no_UPDATE BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
)
AUDIT = sa.table(
    "audit",
    sa.column("id", sa.Integer()),
    sa.column("noun", sa.String()),
    sa.column("before", sa.Text()),
    sa.column("after", sa.Text()),
)
AT_ONCE = 1_000  # rows in memory


def upgrade() -> None:
    """Forward."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("PRAGMA secure_delete = ON")
        op.execute("DROP TRIGGER audit_no_UPDATE")
    last = 0
    while rows := _after(last):
        op.get_bind().execute(_masking(), [_masked(row) for row in rows])
        last = rows[-1].id
    if is_sqlite:
        op.execute(APPEND_ONLY)


def downgrade() -> None:
    """Back. What is masked stays so: nobody has the numbers any longer."""


def _after(last: int) -> list[Any]:
    of_persons = sa.select(AUDIT.c.id, AUDIT.c.before, AUDIT.c.after).where(
        AUDIT.c.noun == "person", AUDIT.c.id > last
    )
    return list(op.get_bind().execute(of_persons.order_by(AUDIT.c.id).limit(AT_ONCE)))


def _masking() -> sa.Update:
    said: dict[str, Any] = {"before": sa.bindparam("_before"), "after": sa.bindparam("_after")}
    return sa.update(AUDIT).where(AUDIT.c.id == sa.bindparam("_id")).values(said)


def _masked(row: Any) -> dict[str, Any]:
    """The two texts of a row, their numbers masked; of one that changed the later says so."""
    before, after = json.loads(row.before or "null"), json.loads(row.after)
    was, now = (before or {}).get("phone"), after.get("phone")
    if was is not None:
        before["phone"] = _mask(was)
    if now is not None:
        after["phone"] = _mask(now) + (" (changed)" if was not in (None, now) else "")
    return {"_id": row.id, "_before": None if before is None else _json(before), "_after": _json(after)}


def _mask(number: str) -> str:
    digits = re.sub(r"[^0-9]", "", number)
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else "****"


def _json(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
