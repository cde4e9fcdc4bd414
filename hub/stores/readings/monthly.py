"""Months' own values beside the sums of their days: one statement a page, with cursors of its own."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import duckdb
import pyarrow as pa

from graph.errors import InvalidInput
from graph.model.monthly import MonthSpan, Tolerance
from graph.model.period import Month
from graph.ports import Clock, MonthlyAsk, Page
from hub.stores.readings.database import Database
from hub.stores.readings.figures import said_by, within
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.series import between
from hub.stores.readings.statements import run

CURSOR_MAX = 256  # characters; a key has 40, a number at most 19
_KEY = re.compile(r"[0-9A-Z]{18}[0-9]{16}[0-9]{6}", re.ASCII)
_ORDERING = ("place", "whole", "sort_by", "own_key")


@dataclass(frozen=True)
class Monthly:
    """Answers about months (graph.ports.FigureSource) from one file."""

    database: Database
    mirror: Mirror
    clock: Clock
    tolerance: Tolerance

    def page(self, ask: MonthlyAsk) -> Page:
        """One page, with what the whole list counts. Raises InvalidInput for a cursor of no or another order."""
        bound = {**_cut(ask, "after"), **_cut(ask, "before"), "first": ask.first, "last": ask.last}
        found = self._found(ask, "page", bound)
        cursors, rows = _Cursors(_order(ask), found), found.drop_columns(list(_ORDERING))
        if not found.num_rows:
            is_behind, is_ahead = ask.after is not None, ask.before is not None
            return Page(rows, cursors, is_ahead, is_behind, self._total(ask))
        total, places = found["whole"][0].as_py(), found["place"]
        return Page(rows, cursors, places[-1].as_py() < total, places[0].as_py() > 1, total)

    def by_province(self, ask: MonthlyAsk) -> pa.Table:
        """Rows of the whole list in each province."""
        return self._found(ask, "counted", _UNCUT)

    def _total(self, ask: MonthlyAsk) -> int:
        """Of the whole list, where a page of it is empty."""
        if ask.after is None and ask.before is None:
            return 0
        return sum(self.by_province(ask)["rows"].to_pylist())

    def _found(self, ask: MonthlyAsk, shown: str, bound: dict[str, Any]) -> pa.Table:
        self.mirror.refresh()
        with self.database.reading(much=True) as cursor:
            values: dict[str, Any] = {
                **within(ask.reach),
                **said_by(cursor, ask.as_of, self.clock.now()).bound,
                "provinces": list(ask.provinces) or None,
                "units": list(ask.units) or None,
            }
            span = ask.span or _newest(cursor, values)
            values |= {
                **between(span.period),
                **bound,
                **_units(cursor, values),
                "millionths": self.tolerance.millionths,
                "beyond": ask.beyond,
                "independent": ask.independent,
                "order": ask.order.value,
                "descending": ask.descending,
                "shown": shown,
            }
            return run(cursor, "monthly", values).to_arrow_table()


def _newest(cursor: duckdb.DuckDBPyConnection, values: dict[str, Any]) -> MonthSpan:
    """The last month of which a value of its own holds; where there is none, any will do."""
    (day,) = run(cursor, "newest_month", values).fetchone() or (None,)
    month = Month(2000, 1) if day is None else Month.of(day)
    return MonthSpan(month, month)


def _units(cursor: duckdb.DuckDBPyConnection, values: dict[str, Any]) -> dict[str, int]:
    """Where units lie that may be compared: what is outside is not even read."""
    first, last = run(cursor, "units_within", values).fetchone() or (None, None)
    return {"first_unit": 0 if first is None else first, "last_unit": -1 if last is None else last}


def _order(ask: MonthlyAsk) -> str:
    return f"{ask.order}{'-' if ask.descending else '+'}"


class _Cursors(Sequence[str]):
    """One a row, the order it belongs to and where the row stands in it; written only when somebody looks at it."""

    def __init__(self, order: str, found: pa.Table) -> None:
        self._order, self._found = order, found

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        number, key = (self._found[name][index].as_py() for name in ("sort_by", "own_key"))
        text = json.dumps([self._order, number, key], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def __len__(self) -> int:
        return int(self._found.num_rows)


def _cut(ask: MonthlyAsk, end: str) -> dict[str, Any]:
    """Where a page begins or ends, as the statement binds it. Raises InvalidInput."""
    cursor = ask.after if end == "after" else ask.before
    if cursor is None:
        return {f"{end}_value": None, f"{end}_key": None}
    try:
        raw = base64.b64decode(cursor[:CURSOR_MAX] + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        order, number, key = json.loads(raw)
        is_one = order == _order(ask) and (number is None or type(number) is int) and _KEY.fullmatch(key)
    except (ValueError, TypeError, RecursionError) as fault:
        raise InvalidInput(f"{cursor[:64]!r} is no cursor", end) from fault
    if not is_one or (number is not None and abs(number) >= 2**63):
        raise InvalidInput(f"{cursor[:64]!r} is no cursor of this list and order", end)
    return {f"{end}_value": number, f"{end}_key": key}


_UNCUT = {
    **dict.fromkeys(f"{end}_{part}" for end in ("after", "before") for part in ("value", "key")),
    "first": None,
    "last": None,
}
