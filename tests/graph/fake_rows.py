"""A row source in memory, standing at its port: rows of nouns as dictionaries."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyarrow as pa

from graph.errors import InvalidInput
from graph.model.principal import Reach
from graph.ports import Ask, Compare, Condition, Page
from tests.graph.samples import COLUMNS, Row


@dataclass
class FakeRows:
    """A row source over dictionaries. It remembers every ask, so that a test can count them."""

    nouns: dict[str, list[Row]] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)
    counted: list[Ask] = field(default_factory=list)
    fault: Exception | None = None
    past: dict[str, list[Row]] = field(default_factory=dict)  # what stood at any moment that is asked of
    together: list[int] = field(default_factory=list)  # of how many lists a page was asked at once

    def rows(self, ask: Ask) -> Page:
        """One page, paged by the place in the list."""
        self.asks.append(ask)
        if self.fault is not None:
            raise self.fault
        names, kept = _columns_of(ask.noun), self._kept(ask)
        if ask.order is not None:
            column = _known(ask.order.column, names)
            kept.sort(key=lambda row: (row[column] is None, row[column]), reverse=ask.order.descending)
        begin, end = _bounds(ask, len(kept))
        table = pa.Table.from_pylist(kept[begin:end], schema=pa.schema(list(names.items())))
        cursors = [_cursor(place) for place in range(begin + 1, end + 1)]
        return Page(table, cursors, end < len(kept), begin > 0, len(kept) if ask.want_total else None)

    def known(self, _: Ask) -> None:
        """Nothing without being asked."""

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """One page each; a question is remembered once."""
        self.together.append(len(asks))
        return [self.rows(ask) for ask in asks]

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Rows by the value of a column, and the largest value of another."""
        self.counted.append(ask)
        if self.fault is not None:
            raise self.fault
        names = _columns_of(ask.noun)
        groups: dict[Any, list[Row]] = {}
        for row in self._kept(ask):
            groups.setdefault(row.get(_known(by, names)), []).append(row)
        kinds = {by: names[by], "rows": pa.int64(), **({latest: names[latest]} if latest else {})}
        found = [
            {
                by: value,
                "rows": len(rows),
                latest: max(filter(None, (row.get(str(latest)) for row in rows)), default=None),
            }
            for value, rows in groups.items()
        ]
        return pa.Table.from_pylist(found, schema=pa.schema(list(kinds.items())))

    def _kept(self, ask: Ask) -> list[Row]:
        names = _columns_of(ask.noun)
        stood = self.nouns if ask.as_of is None else self.past
        numbered = [{"id": n, **row} for n, row in enumerate(stood.get(ask.noun, []), 1)]
        seen = [row for row in numbered if _within(ask.noun, row, ask.reach)]
        return [row for row in seen if all(_holds(row, c, names) for c in ask.where)]

    def asked(self, noun: str) -> int:
        """How many times this noun was asked for."""
        return sum(ask.noun == noun for ask in self.asks)


@cache
def _columns_of(noun: str) -> dict[str, pa.DataType]:
    if noun not in COLUMNS:
        raise InvalidInput(f"there is no noun {noun!r}", "noun")
    return {"id": pa.int64(), **COLUMNS[noun]}


def _known(column: str, names: Mapping[str, pa.DataType]) -> str:
    if column not in names:
        raise InvalidInput(f"there is no column {column!r}", "column")
    return column


def _within(noun: str, row: Row, reach: Reach) -> bool:
    if reach.is_national or noun == "region":
        return True
    if reach.unit is not None:
        return str(reach.unit) == row.get("credit_code", row.get("unit"))
    assert reach.region is not None
    return row.get("province") in (str(reach.region.province), None)


def _holds(row: Row, condition: Condition, names: Mapping[str, pa.DataType]) -> bool:
    came, wanted = row.get(_known(condition.column, names)), condition.value
    if condition.compare is Compare.IN:
        assert isinstance(wanted, tuple)
        return came in wanted
    if condition.compare is Compare.EQ:
        return came == wanted
    if came is None or wanted is None:
        return False
    if condition.compare is Compare.CONTAINS:
        return str(wanted) in str(came)
    larger = bool(came >= wanted)
    return larger if condition.compare is Compare.GE else not larger


def _bounds(ask: Ask, rows: int) -> tuple[int, int]:
    """Where a page of a list of so many rows begins and ends."""
    begin = 0 if ask.after is None else min(rows, _place(ask.after, "after"))
    end = rows if ask.before is None else max(begin, min(rows, _place(ask.before, "before") - 1))
    if ask.first is not None:
        end = min(end, begin + ask.first)
    if ask.last is not None:
        begin = max(begin, end - ask.last)
    return begin, end


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"place {place}".encode()).decode()


def _place(cursor: str, argument: str) -> int:
    try:
        word, place = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return {"place": int(place)}[word]
    except (ValueError, KeyError) as fault:
        raise InvalidInput(f"{cursor[:32]!r} is no cursor of this list", argument) from fault
