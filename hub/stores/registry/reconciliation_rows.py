"""What the registry keeps of comparisons of links' two ends: each one, and each unit's day that differs until it does not.

Neither is a decision, so the audit says nothing of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from graph.model.reconciliation import Reconciliation, UnitDay
from hub.stores.registry.access_tables import T
from hub.stores.registry.database import reading, writing
from hub.stores.registry.runs import id_of_link

DIFFERENCES_MAX = 10_000  # of one comparison that are named; more of them are counted, and one end is empty
_PLACE = ("unit", "granularity", "day")
_DONE, _DIFFERENCE, _LINK = T["reconciliation"], T["difference"], T["link"]


class ReconciliationRows:
    """The registry's part of reconciling; any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, done: Reconciliation) -> int:
        """Keep a comparison, and settle the differences of its days that it no longer found; its number. Raises NotFound."""
        with writing(self._engine) as connection:
            link_id = id_of_link(connection, done.link)
            row = {name: value for name, value in vars(done).items() if name not in ("link", "left", "read")}
            counted = {**row, "link_id": link_id, "differing": len(done.left)}
            number = connection.execute(insert(_DONE).values(counted).returning(_DONE.c.id)).scalar_one()
            if done.fault is None:
                _note(connection, link_id, done)
        return int(number)

    def last_begun(self) -> dict[str, dt.datetime]:
        """When each link was last compared, whatever came of it, by its key."""
        last = select(_LINK.c.key, func.max(_DONE.c.started_at)).select_from(_DONE.join(_LINK))
        with reading(self._engine) as connection:
            return dict(connection.execute(last.group_by(_LINK.c.key)).all())


def _note(connection: Connection, link_id: int, done: Reconciliation) -> None:
    """Differences of the units and days compared count as settled unless they are found again."""
    of_days = (_DIFFERENCE.c.day >= done.first_day, _DIFFERENCE.c.day <= done.last_day)
    own = select(*(_DIFFERENCE.c[name] for name in ("id", *_PLACE, "settled_at", "first_seen")))
    rows = connection.execute(own.where(_DIFFERENCE.c.link_id == link_id, *of_days)).mappings().all()
    known = {tuple(row[name] for name in _PLACE): row for row in rows}
    new, again = [], []
    for each in done.left[:DIFFERENCES_MAX]:
        row = known.pop((each.unit, each.granularity.value, each.day), None)
        if row is None:
            new.append({"link_id": link_id, **_cells(each, done), "first_seen": done.ended_at})
        else:
            first_seen = row["first_seen"] if row["settled_at"] is None else done.ended_at
            again.append({"number": row["id"], **_cells(each, done), "first_seen": first_seen})
    gone = [
        {"number": row["id"]}
        for row in known.values()
        if row["settled_at"] is None and done.has_read(row["unit"], row["day"])
    ]
    is_it = _DIFFERENCE.c.id == bindparam("number")
    if new:
        connection.execute(insert(_DIFFERENCE), new)
    if again:
        connection.execute(update(_DIFFERENCE).where(is_it), again)
    if gone:
        connection.execute(update(_DIFFERENCE).where(is_it).values(settled_at=done.ended_at), gone)


def _cells(each: UnitDay, done: Reconciliation) -> dict[str, Any]:
    return {
        "unit": each.unit,
        "granularity": each.granularity.value,
        "day": each.day,
        "here_readings": each.here_readings,
        "here_total": f"{each.here_total:f}",
        "there_readings": each.there_readings,
        "there_total": f"{each.there_total:f}",
        "last_seen": done.ended_at,
        "settled_at": None,
    }
