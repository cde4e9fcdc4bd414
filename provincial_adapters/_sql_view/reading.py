"""Asks a view for its rows by its watermark: the newest, a window of them in order, and those that have none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    DateTime,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    not_,
    or_,
    quoted_name,
    select,
)

from graph.errors import SourceMalformed
from graph.model.period import BEIJING, FIRST_YEAR, UTC
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._sql_view.columns import Kind, ViewColumn, named
from provincial_adapters._sql_view.connection import ReadOnly
from provincial_adapters._sql_view.label_days import of_day as labels_of_day
from provincial_adapters._sql_view.place import ViewName
from provincial_adapters._sql_view.progress import Clock, Mark, Span, mark_of, moment_of
from provincial_adapters._sql_view.typed import NATIVE, moments

AHEAD = dt.timedelta(
    days=1
)  # a watermark later than this is a wrong clock: believed, it would hide all that follows
NUMBER_MAX = Decimal(10) ** 30  # beyond it stand NaN and infinity
CLOCKS = {
    Kind.INTEGER: Clock.NUMBER, Kind.DECIMAL: Clock.NUMBER,
    Kind.DATE: Clock.LOCAL, Kind.LOCAL: Clock.LOCAL, Kind.ZONED: Clock.UTC,
}  # fmt: skip


@dataclass(frozen=True)
class Watermark:
    """The column that grows as rows appear, and another that stands in where it is null."""

    column: ViewColumn
    fallback: ViewColumn | None
    clock: Clock

    @classmethod
    def among(cls, columns: Sequence[ViewColumn], name: str, fallback: str | None, shown: str) -> Watermark:
        """The columns of these names. Raises SourceMalformed where they are not there, or order nothing."""
        there = {each.name: each for each in columns}
        named = [name] if fallback is None else [name, fallback]
        if missing := [each for each in named if each not in there]:
            came = ", ".join(there)[:500]
            raise SourceMalformed(f"{shown}: lacks the watermark column {missing[0]!r}; it has {came}")
        found = [there[each] for each in named]
        clock = CLOCKS.get(found[0].kind)
        if clock is None:
            why = f"watermark column {name!r} is {found[0].said}, expected a timestamp or a whole or decimal number"
            raise SourceMalformed(f"{shown}: {why}")
        if len({each.kind for each in found}) > 1:
            raise SourceMalformed(f"{shown}: {name!r} is {found[0].said}, {fallback!r} is {found[1].said}")
        return cls(found[0], found[1] if fallback is not None else None, clock)

    @property
    def expression(self) -> ColumnElement[Any]:
        """What is compared and ordered by."""
        own = _cell(self.column)
        return own if self.fallback is None else func.coalesce(own, _cell(self.fallback))

    def mark(self, said: Any) -> Mark:
        """The watermark a driver gave, as text or whole number."""
        if self.clock is Clock.NUMBER:
            number = Decimal(said)
            return int(number) if number == number.to_integral_value() else number
        return mark_of(moments(pa.array([said]))[0].as_py())


@dataclass(frozen=True)
class Rows:
    """Some consecutive rows of a window, as the driver gives them."""

    rows: Sequence[Sequence[Any]]
    reached: Mark
    is_last: bool


@dataclass(frozen=True)
class SqlView:
    """A view as it is read in one run (provincial_adapters._sql_view.progress.View)."""

    connection: ReadOnly
    view: ViewName
    columns: tuple[ViewColumn, ...]
    watermark: Watermark
    rows_at_once: int
    now: dt.datetime

    def newest(self, span: Span) -> Mark | None:
        """The largest watermark of a window; None where there is no row. Raises SourceError."""
        largest = _said(func.max(self.watermark.expression), self.watermark.column)
        with self.connection.reading() as connection:
            found = connection.scalar(select(largest).select_from(named(self.view)).where(self._within(span)))
        return None if found is None else self.watermark.mark(found)

    def pieces(self, span: Span) -> Iterator[Rows]:
        """A window's rows in the watermark's order, never more than one piece in memory. Raises SourceError."""
        return self._streamed(self._within(span))

    def of_day(self, label: ViewColumn, mapping: ColumnMapping, day: dt.date) -> Iterator[Rows]:
        """The rows that may hold readings of a Beijing day, in the same order. Raises SourceError."""
        return self._streamed(and_(self._believable, labels_of_day(_cell(label), label, mapping, day)))

    def _streamed(self, where: ColumnElement[bool]) -> Iterator[Rows]:
        asked = self._rows.where(where).order_by(self.watermark.expression)
        streamed = {"stream_results": True, "max_row_buffer": self.rows_at_once + 1}
        with self.connection.reading() as connection:
            result = connection.execute(asked, execution_options=streamed)
            try:
                yield from self._pieces_of(result)
            except BaseException:
                self.connection.hang_up()  # or closing would read all that is left
                raise
            finally:
                result.close()

    def _pieces_of(self, result: CursorResult[Any]) -> Iterator[Rows]:
        place = [each.name for each in self.columns].index(self.watermark.column.name)
        following: Sequence[Sequence[Any]] = []
        while True:
            rows = [*following, *result.fetchmany(self.rows_at_once + 1 - len(following))]
            rows, following = rows[: self.rows_at_once], rows[self.rows_at_once :]
            if rows:
                yield Rows(rows, self.watermark.mark(rows[-1][place]), not following)
            if not following:
                return

    def unusable(self) -> tuple[int, Sequence[Sequence[Any]]]:
        """How many rows have no watermark that can be believed, and the first of them in the order of their cells."""
        outside = or_(self.watermark.expression.is_(None), not_(self._believable))
        cells = list(self._rows.selected_columns)
        with self.connection.reading() as connection:
            count = connection.scalar(select(func.count()).select_from(named(self.view)).where(outside)) or 0
            asked = self._rows.where(outside).order_by(*cells).limit(self.rows_at_once)
            return count, connection.execute(asked).fetchall() if count else []

    @cached_property
    def _rows(self) -> Any:
        own = self.watermark.column
        cells = (self.watermark.expression if each == own else _cell(each) for each in self.columns)
        said = (_said(cell, each) for cell, each in zip(cells, self.columns, strict=True))
        return select(*(cell.label(f"c{n}") for n, cell in enumerate(said))).select_from(named(self.view))

    def _within(self, span: Span) -> ColumnElement[bool]:
        parts = [self._believable]
        if span.begin is not None:
            parts.append(self.watermark.expression >= self._bound(span.begin))
        if span.until is not None:
            parts.append(self.watermark.expression < self._bound(span.until))
        return and_(*parts)

    @cached_property
    def _believable(self) -> ColumnElement[bool]:
        """Neither null nor out of any reason."""
        own, clock = self.watermark.expression, self.watermark.clock
        if self.watermark.column.kind is Kind.INTEGER:
            return own.is_not(None)
        low: Mark = -NUMBER_MAX
        high: Mark = NUMBER_MAX
        if clock is not Clock.NUMBER:
            zone = UTC if clock is Clock.UTC else BEIJING
            low = mark_of(dt.datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))
            high = mark_of((self.now.astimezone(zone) + AHEAD).replace(tzinfo=None))
        return and_(own >= self._bound(low), own < self._bound(high))

    def _bound(self, mark: Mark) -> ColumnElement[Any]:
        """A watermark as the database compares it with the column."""
        if self.watermark.clock is Clock.NUMBER:
            return literal(mark)
        zoned = self.watermark.clock is Clock.UTC and self.connection.engine_name == "postgresql"
        moment = moment_of(mark)
        return literal(moment if zoned else moment.replace(tzinfo=None), DateTime(timezone=zoned))


def _cell(each: ViewColumn) -> ColumnElement[Any]:
    return column(quoted_name(each.name, quote=True))


def _said(cell: ColumnElement[Any], each: ViewColumn) -> ColumnElement[Any]:
    """A cell as it is fetched: exact, and whatever stands in it, as the database's own text."""
    return cell if each.kind in NATIVE else cast(cell, Text)
