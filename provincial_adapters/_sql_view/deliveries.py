"""One run over a view, in order: the columns it has now, its rows as deliveries, at the end the rows nobody can place."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any

import pyarrow as pa

from graph.errors import ConfigurationError, InvalidInput, MalformedBody, SourceMalformed, SourceRefused
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.principal import Reach
from graph.model.reading import Arrived
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters._mapping.arrange import NOTHING, arranged
from provincial_adapters._mapping.drift import check_is_meant, columns_to_read, drift_of, refused_whole
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._sql_view.columns import ViewColumn, columns_of
from provincial_adapters._sql_view.connection import ReadOnly
from provincial_adapters._sql_view.declared import MICROSECONDS, Declared
from provincial_adapters._sql_view.progress import Clock, Progress, read_on
from provincial_adapters._sql_view.reading import SqlView, Watermark
from provincial_adapters._sql_view.typed import lines_of

_KEY_DIGITS = 16  # of a digest


@dataclass(frozen=True)
class Run:
    """What one run of a link needs. `shown` names the database and view in messages."""

    link: Link
    declared: Declared
    connection: ReadOnly
    now: dt.datetime
    shown: str

    def deliveries(self) -> Generator[Delivery, None, None]:
        """What is due, newest first where much is. Raises SourceError, ConfigurationError for a cursor of another kind."""
        self.connection.open()
        shape = self._shape()
        view, declared = shape.view, self.declared
        clock = shape.view.watermark.clock
        overlap = declared.overlap * (1 if clock is Clock.NUMBER else MICROSECONDS)
        numbers = count(1)
        for piece, progress in read_on(view, self._progress(clock), overlap):
            lines = self._lines(piece.rows, view.columns)
            readings = arranged(lines, shape.mapping)
            yield self._delivery(next(numbers), lines, readings, shape.drift, progress.cursor)
        found, rows = view.unusable()
        if rows:
            lines = self._lines(rows, view.columns)
            yield self._delivery(next(numbers), lines, *_set_aside(lines, found, view.watermark.column))

    def of_day(self, day: dt.date) -> Generator[Delivery, None, None]:
        """What may be of a Beijing day, and of the days beside it, wherever the link has come. Raises SourceError."""
        self.connection.open()
        shape = self._shape()
        columns = {each.name: each for each in shape.view.columns}
        label = columns.get(self.declared.mapping.label_column)
        if label is None:
            raise SourceMalformed(
                f"{self.shown}: lacks the label column {self.declared.mapping.label_column!r}"
            )
        for number, piece in enumerate(shape.view.of_day(label, self.declared.mapping, day), 1):
            lines = self._lines(piece.rows, shape.view.columns)
            yield self._delivery(number, lines, arranged(lines, shape.mapping), shape.drift)

    def _shape(self) -> Shape:
        """What the view looks like today. Raises SourceMalformed, SourceRefused."""
        declared = self.declared
        with self.connection.reading() as connection:
            columns = columns_of(connection, self.connection.engine_name, declared.view)
        if not columns:
            raise SourceRefused(f"{self.shown}: has no column that may be read")
        watermark = Watermark.among(columns, declared.watermark, declared.watermark_fallback, self.shown)
        names = [each.name for each in columns]
        try:
            check_is_meant(names, declared.mapping, self.shown)
        except MalformedBody as fault:
            raise SourceMalformed(str(fault)) from fault
        wanted, others = columns_to_read(names, declared.mapping)
        read = [each for each in columns if each.name in {*wanted, watermark.column.name}]
        view = SqlView(
            self.connection, declared.view, tuple(read), watermark, declared.rows_at_once, self.now
        )
        return Shape(view, declared, tuple(columns), others)

    def _progress(self, clock: Clock) -> Progress:
        try:
            return Progress.of_cursor(self.link.cursor, clock)
        except InvalidInput as fault:
            raise ConfigurationError(f"link {self.link.key}", [str(fault)]) from fault

    def _lines(self, rows: Sequence[Sequence[Any]], columns: Sequence[ViewColumn]) -> Lines:
        return lines_of(rows, columns, self.declared.mapping.label_column, self.declared.zoneless)

    def _delivery(
        self,
        number: int,
        lines: Lines,
        readings: Arrived,
        drift: tuple[ColumnDrift, ...],
        cursor: str | None = None,
    ) -> Delivery:
        """Under a key that names the rows, the mapping and where they lead: what was read last is known by it."""
        digest = _digest(lines.raw)
        mapping = self.declared.mapping.digest[:_KEY_DIGITS]
        key = f"{self.link.key}:{number}:{digest[:_KEY_DIGITS]}:{mapping}"
        reach = Reach(region=self.link.region)
        return Delivery(self.link.source, key, digest, readings, reach, cursor, lines.raw, drift)


@dataclass(frozen=True)
class Shape:
    """A view with what its columns became, against the mapping."""

    view: SqlView
    declared: Declared
    columns: tuple[ViewColumn, ...]
    others: tuple[str, ...]

    @cached_property
    def mapping(self) -> ColumnMapping:
        """The mapping, with the watermark as version where it is a moment."""
        watermark = self.view.watermark
        return self.declared.versioned(watermark.column.name, is_moment=watermark.clock is not Clock.NUMBER)

    @cached_property
    def drift(self) -> tuple[ColumnDrift, ...]:
        """How the columns differ from the mapping's, with the types in the database's words."""
        kinds = pa.schema([(each.name, each.kind.value) for each in self.view.columns])
        nothing = Lines(pa.array([], pa.int32()), kinds.empty_table(), others=self.others)
        said = {each.name: each.said for each in self.columns}
        return tuple(
            replace(found, came=said.get(found.column)) for found in drift_of(nothing, self.declared.mapping)
        )


def _set_aside(lines: Lines, found: int, watermark: ViewColumn) -> tuple[Arrived, tuple[ColumnDrift, ...]]:
    """Rows without a watermark that can be believed: none is booked, each is named, and how many there are is told."""
    why = f"watermark {watermark.name!r} is null, or out of any reason, in {found} rows"
    refused = refused_whole(lines, "unusable-watermark", why)
    told = ColumnDrift(watermark.name, DriftKind.RETYPED, f"{watermark.said}, unusable in {found} rows")
    return Arrived(NOTHING, refused), (told,)


def _digest(raw: pa.Table) -> str:
    """SHA-256 of the rows as Arrow writes them."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, raw.schema) as out:
        out.write_table(raw)
    return hashlib.sha256(sink.getvalue()).hexdigest()
