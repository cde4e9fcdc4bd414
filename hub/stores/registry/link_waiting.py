"""What a link's row shows of what lies open: columns that drift, rows that wait, and where its two ends differ."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, func, select

from graph.model.quarantine import QuarantineState
from hub.stores.registry.reconciliation_tables import T

_LINK, _DRIFT, _FILE = T["link"], T["column_drift"], T["quarantined"]
_DONE, _DIFFERENCE = T["reconciliation"], T["difference"]
_OPEN = (_DRIFT.c.link_id == _LINK.c.id, _DRIFT.c.settled_at.is_(None))
_WAITING = (
    _FILE.c.link_id == _LINK.c.id,
    _FILE.c.state == QuarantineState.WAITING.value,
    _FILE.c.swept_at.is_(None),
)

COLUMNS: dict[str, ColumnElement[int]] = {
    "open_drift": select(func.count(_DRIFT.c.id)).where(*_OPEN).correlate(_LINK).scalar_subquery(),
    "rows_waiting": select(func.coalesce(func.sum(_FILE.c.waiting, type_=BigInteger), 0, type_=BigInteger))
    .where(*_WAITING)
    .correlate(_LINK)
    .scalar_subquery(),
    "differing": select(func.count(_DIFFERENCE.c.id))
    .where(_DIFFERENCE.c.link_id == _LINK.c.id, _DIFFERENCE.c.settled_at.is_(None))
    .correlate(_LINK)
    .scalar_subquery(),
    "last_reconciliation": select(func.max(_DONE.c.id))
    .where(_DONE.c.link_id == _LINK.c.id)
    .correlate(_LINK)
    .scalar_subquery(),
}
