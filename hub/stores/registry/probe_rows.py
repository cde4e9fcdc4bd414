"""What the registry keeps of probes' reports: each span once, with the latest end that was said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from graph.errors import NotFound
from graph.model.probe_span import ProbeSpan
from hub.stores.registry.access_tables import T
from hub.stores.registry.database import reading, writing
from hub.stores.registry.probe_tables import ALL_POINTS

SPANS_KEPT_MAX = 20_000  # of one unit, the latest ones: a span a point and hour for a month and more
_SPAN, _UNIT = T["probe_span"], T["unit"]
_PLACE = ("kind", "data_code", "begins")


class ProbeRows:
    """The registry's part of probes' reports; any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, unit: str, spans: Sequence[ProbeSpan], source: str, at: dt.datetime) -> int:
        """Keep what a unit's probe reported; how many spans were new. Raises NotFound for a unit nobody registered."""
        with writing(self._engine) as connection:
            unit_id = connection.execute(select(_UNIT.c.id).where(_UNIT.c.credit_code == unit)).scalar()
            if unit_id is None:
                raise NotFound(f"no unit has the credit code {unit!r}")
            told = {(row["kind"], row["data_code"], row["begins"]): row for row in map(_cells, spans)}
            known = _known(connection, unit_id, told)
            by = {"source": source, "reported_at": at}
            new = [{"unit_id": unit_id, **row, **by} for place, row in told.items() if place not in known]
            again = [
                {"number": known[place][0], "ends": row["ends"], "what": row["what"], **by}
                for place, row in told.items()
                if place in known and row["ends"] > known[place][1]
            ]
            if new:
                connection.execute(insert(_SPAN), new)
                _thin(connection, unit_id)
            if again:
                connection.execute(update(_SPAN).where(_SPAN.c.id == bindparam("number")), again)
        return len(new)

    def between(self, first: dt.datetime, last: dt.datetime, units: Sequence[str]) -> list[dict[str, Any]]:
        """The spans that touch a time, of some units or of all, with their units' credit codes."""
        columns = [_SPAN.c[name] for name in (*_PLACE, "ends", "what", "source", "reported_at")]
        wanted = select(_UNIT.c.credit_code.label("unit"), *columns).select_from(_SPAN.join(_UNIT))
        wanted = wanted.where(_SPAN.c.begins < last, _SPAN.c.ends >= first)
        if units:
            wanted = wanted.where(_UNIT.c.credit_code.in_(units))
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(_SPAN.c.id)).mappings()
            return [{**row, "data_code": row["data_code"] or None} for row in rows]


def _cells(span: ProbeSpan) -> dict[str, Any]:
    return {
        "kind": span.kind.value,
        "data_code": span.data_code or ALL_POINTS,
        "begins": span.begins,
        "ends": span.ends,
        "what": span.what,
    }


def _known(connection: Connection, unit_id: int, told: Any) -> dict[tuple[Any, ...], tuple[int, dt.datetime]]:
    """Number and end of those of these spans that are kept already."""
    if not told:
        return {}
    begins = sorted({place[2] for place in told})
    columns = [_SPAN.c[name] for name in (*_PLACE, "id", "ends")]
    of_time = (_SPAN.c.begins >= begins[0], _SPAN.c.begins <= begins[-1])
    rows = connection.execute(select(*columns).where(_SPAN.c.unit_id == unit_id, *of_time))
    return {tuple(row[:3]): (row.id, row.ends) for row in rows}


def _thin(connection: Connection, unit_id: int) -> None:
    """The oldest spans of a unit go once there are too many."""
    own = (
        select(_SPAN.c.id).where(_SPAN.c.unit_id == unit_id).order_by(_SPAN.c.ends.desc(), _SPAN.c.id.desc())
    )
    oldest = connection.execute(own.offset(SPANS_KEPT_MAX)).scalars().all()
    if oldest:
        connection.execute(delete(_SPAN).where(_SPAN.c.id.in_(oldest)))
