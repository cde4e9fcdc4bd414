"""Rows of the spool as SQLite tells them: an object is made of one when somebody looks at it, and not before.

A backlog is a million rows and more. Whoever only passes their texts on reads `cells`, and pays for no date and no decimal.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, overload

from edge_probe.readings import Reading, Spooled
from edge_probe.statements import statement

Cells: TypeAlias = tuple[int, str, str, str, str, str, str]  # in the order of `Spooled` and then of `Reading`
Run: TypeAlias = tuple[
    int, int, int
]  # first number, last, how many: rows are only deleted, so that these say which


class SpooledRows(Sequence[Spooled]):
    """Some rows in their order. Two are equal where all their cells are."""

    def __init__(self, cells: Sequence[Cells]) -> None:
        self.cells = cells

    @property
    def run(self) -> Run | None:
        """Which they are."""
        return (self.cells[0][0], self.cells[-1][0], len(self.cells)) if self.cells else None

    @overload
    def __getitem__(self, place: int, /) -> Spooled: ...

    @overload
    def __getitem__(self, place: slice, /) -> SpooledRows: ...

    def __getitem__(self, place: int | slice, /) -> Spooled | SpooledRows:
        if isinstance(place, slice):
            return SpooledRows(self.cells[place])
        return _spooled(self.cells[place])

    def __iter__(self) -> Iterator[Spooled]:
        return map(_spooled, self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SpooledRows):
            return list(self.cells) == list(other.cells)
        return isinstance(other, Sequence) and list(self) == list(other)


def rows_told(db: sqlite3.Connection, query: str, values: Mapping[str, object]) -> SpooledRows:
    """What a statement tells whose columns are those of `Cells`. A text that many rows have is in memory once."""
    cursor, known = db.cursor(), dict[str, str]()
    cursor.row_factory, once = None, known.setdefault
    told = cursor.execute(statement(query), values)
    return SpooledRows(
        [
            (
                sequence,
                once(unit, unit),
                once(data_code, data_code),
                once(start, start),
                value,
                once(origin, origin),
                once(written_at, written_at),
            )
            for sequence, unit, data_code, start, value, origin, written_at in told
        ]
    )


def run_told(db: sqlite3.Connection, query: str, values: Mapping[str, object]) -> Run:
    """Which rows a statement means that tells the least number, the greatest and how many."""
    least, greatest, count = db.execute(statement(query), values).fetchone()
    return least, greatest, count


def _spooled(cells: Cells) -> Spooled:
    sequence, unit, data_code, start, value, origin, written_at = cells
    moments = dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(written_at)
    return Spooled(sequence, Reading(unit, data_code, moments[0], Decimal(value), origin, moments[1]))
