"""The ledger as lists: batches, rejections and verdicts, asked in the same way as the registry's nouns.

The registry's query builder says what to ask; here it is put into DuckDB's words and bound there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    case,
)
from sqlalchemy.dialects import postgresql

from graph.model.period import Granularity
from graph.ports import Ask, Condition, Order, Page
from hub.stores.readings.database import Database, one_state
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.moments import kept
from hub.stores.registry.columns import Moment, arrow_type
from hub.stores.registry.nouns import Noun, ReachColumns, Shown
from hub.stores.registry.rows import counts, page, pages

# DuckDB reads PostgreSQL's SQL and numbered parameters.
_WORDS = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy's own gap


class StoredMoment(Moment):
    """A moment the readings file keeps in UTC without a zone."""

    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """The moment without its zone."""
        moment = super().process_bind_param(value, dialect)
        return None if moment is None else kept(moment)


def _texts(*names: str) -> list[Column[Any]]:
    return [Column(name, String, nullable=False) for name in names]


def _numbers(*names: str) -> list[Column[Any]]:
    return [Column(name, Integer, nullable=False) for name in names]


# The tables of sql/schema.sql, as far as lists show them; nothing is made from these.
_ALL = MetaData()
_BATCH = Table(
    "batch", _ALL, *_texts("source", "key", "digest", "head"),
    *(Column(name, String) for name in ("province", "region", "unit")),
    *_numbers("id", "rows", "accepted", "duplicate", "corrected", "superseded", "rejected", "suspect"),
    Column("received_at", StoredMoment, nullable=False),
)  # fmt: skip
_REJECTION = Table(
    "rejection", _ALL, Column("id", BigInteger, nullable=False), *_numbers("batch_id", "row"),
    *_texts("code", "why", "raw"),
)  # fmt: skip
_VERDICT = Table(
    "verdict", _ALL, Column("id", BigInteger, nullable=False),
    *_numbers("batch_id", "unit_id", "point_id", "granularity"),
    Column("start", StoredMoment, nullable=False), *_texts("rule", "detail"),
)  # fmt: skip
_UNIT = Table("unit", _ALL, *_numbers("unit_id"), *_texts("credit_code", "province", "region"))
_POINT = Table("point", _ALL, *_numbers("unit_id", "point_id"), *_texts("data_code"))


def _noun(
    name: str, source: FromClause, shown: Mapping[str, ColumnElement[Any]], reach: ReachColumns
) -> Noun:
    columns = {
        key: Shown(
            key,
            found,
            bool(getattr(found, "nullable", True)),
            pa.int64() if key == "id" else arrow_type(found.type),
        )
        for key, found in shown.items()
    }
    return Noun(name, _ALL.tables[name], source, MappingProxyType(columns), reach)


def _of(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    return {name: table.c[name] for name in names}


_GRANULARITY = case({member.number: member.value for member in Granularity}, value=_VERDICT.c.granularity)

_OF_BATCH = ReachColumns(_BATCH.c.province, _BATCH.c.region, _BATCH.c.unit)

NOUNS = {
    "batch": _noun(
        "batch",
        _BATCH,
        _of(
            _BATCH, "id", "source", "key", "received_at", "rows", "accepted", "duplicate", "corrected",
            "superseded", "rejected", "suspect", "digest", "head", "province", "region", "unit",
        ),
        _OF_BATCH,
    ),
    "rejection": _noun(
        "rejection",
        _REJECTION.join(_BATCH, _BATCH.c.id == _REJECTION.c.batch_id),
        {
            **_of(_REJECTION, "id", "row", "code", "why", "raw"),
            "batch": _REJECTION.c.batch_id, "province": _BATCH.c.province,
        },
        _OF_BATCH,
    ),
    "verdict": _noun(
        "verdict",
        _VERDICT.join(_UNIT, _UNIT.c.unit_id == _VERDICT.c.unit_id).join(
            _POINT,
            (_POINT.c.unit_id == _VERDICT.c.unit_id) & (_POINT.c.point_id == _VERDICT.c.point_id),
        ),
        {
            **_of(_VERDICT, "id", "unit_id", "point_id", "start", "rule", "detail"),
            "batch": _VERDICT.c.batch_id, "granularity": _GRANULARITY, "unit": _UNIT.c.credit_code,
            "data_code": _POINT.c.data_code, "province": _UNIT.c.province,
        },
        ReachColumns(_UNIT.c.province, _UNIT.c.region, _UNIT.c.credit_code),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class _Asking:
    """What the query builder asks of a connection, answered by DuckDB."""

    cursor: duckdb.DuckDBPyConnection

    def execute(self, statement: Select[Any]) -> _Answer:
        compiled = statement.compile(dialect=_WORDS, compile_kwargs={"render_postcompile": True})
        given = compiled.construct_params()
        processors: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001 - there is no public way
        values = [
            processors[name](given[name]) if name in processors else given[name]
            for name in compiled.positiontup or ()
        ]
        rows = self.cursor.execute(str(compiled), values).fetchall()
        kinds = [found.type for found in statement.selected_columns]
        return _Answer([tuple(map(_read, row, kinds)) for row in rows])


def _read(value: Any, kind: Any) -> Any:
    return kind.process_result_value(value, _WORDS) if isinstance(kind, Moment) else value


@dataclass(frozen=True)
class _Answer:
    """Rows as the query builder takes them."""

    rows: Sequence[tuple[Any, ...]]

    def all(self) -> Sequence[tuple[Any, ...]]:
        return self.rows


@dataclass(frozen=True)
class Ledger:
    """Lists of the readings file (graph.ports.RowSource)."""

    database: Database
    mirror: Mirror

    def rows(self, ask: Ask) -> Page:
        """One page of batches, rejections or verdicts. Raises InvalidInput."""
        with self._asking() as asking:
            return page(asking, ask, NOUNS)

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """Pages that differ in their conditions alone. Raises InvalidInput."""
        with self._asking() as asking:
            return pages(asking, asks, NOUNS)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Batches, rejections or verdicts by a column's values. Raises InvalidInput."""
        with self._asking() as asking:
            return counts(asking, ask, by, latest, NOUNS)

    def last_batch(self) -> int:
        """Number of the last batch, 0 before the first."""
        newest = self.rows(Ask("batch", order=Order("id", descending=True), first=1))
        return max(newest.table.column("id").to_pylist(), default=0)

    def received_at(self, batch: int) -> dt.datetime | None:
        """When a batch was received; None for none of this number."""
        found = self.rows(Ask("batch", where=(Condition("id", batch),)))
        received: list[dt.datetime] = found.table.column("received_at").to_pylist()
        return received[0] if received else None

    @contextmanager
    def _asking(self) -> Iterator[_Asking]:
        self.mirror.refresh()
        with self.database.reading() as cursor, one_state(cursor):
            yield _Asking(cursor)
