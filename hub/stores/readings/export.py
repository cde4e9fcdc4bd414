"""Readings as Parquet files that any tool can read: one file a granularity and Beijing month, exact to the last digit.

The whole export is one snapshot: what was said up to one batch, whatever is written meanwhile.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graph.errors import Conflict, InvalidInput, NotFound
from graph.model.period import UTC, Granularity, Month, Period, midnight
from graph.model.reading import INSTANT, VALUE, origin_names
from hub.stores.readings.database import Database
from hub.stores.readings.statements import run
from hub.stores.readings.whole_files import Told, part_of, settle, unheard

ROWS_AT_ONCE = 131_072  # some 20 MB of columns in memory, and one row group of a file
DESCRIPTION = "export.json"
EVER, NEVER = (dt.datetime(year, 1, 1, tzinfo=UTC) for year in (1900, 9000))  # no reading begins outside

# name, type, and what it is in English and Chinese
COLUMNS: tuple[tuple[str, pa.DataType, str, str], ...] = (
    ("credit_code", pa.string(), "unified social credit code of the unit", "用能单位统一社会信用代码"),
    ("data_code", pa.string(), "code of the data point", "采集数据编码"),
    ("granularity", pa.string(), "length of the period: quarter_hour, hour, day, month, year", "数据粒度"),
    (
        "start",
        INSTANT,
        "when the period begins, UTC; days and months are those of Beijing",
        "起始时间（UTC）",
    ),
    ("value", VALUE, "energy used in the period, in the native unit of the data code, exact", "数值"),
    ("origin", pa.string(), "how the value came about", "采集方式"),
    ("version", INSTANT, "when the source wrote the value, or when it arrived", "来源版本时间"),
    ("batch", pa.int32(), "number of the batch that brought it", "批次号"),
)
SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=False, metadata={"description": english, "说明": chinese})
        for name, kind, english, chinese in COLUMNS
    ]
)


@dataclass(frozen=True)
class Chosen:
    """What to export: Beijing days, both included, a batch to ask as of, units. What is not said bounds nothing."""

    first_day: dt.date | None = None
    last_day: dt.date | None = None
    as_of_batch: int | None = None
    units: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise InvalidInput(f"the first day {self.first_day} is after the last day {self.last_day}")


@dataclass(frozen=True)
class Written:
    """One file."""

    file: str
    rows: int
    total: Decimal


@dataclass(frozen=True)
class Exported:
    """What was written as of which batch, and how many readings belong to no point the registry knows."""

    batch: int
    head: str
    files: Sequence[Written] = field(default_factory=tuple)
    unknown: int = 0


def export(
    database: Database, folder: Path, chosen: Chosen, moment: dt.datetime, told: Told = unheard
) -> Exported:
    """Write the files and their description into an empty or new folder. Raises NotFound when there is nothing."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(
            f"{folder} is not empty: name a new folder, so that no older file is taken for this export's"
        )
    with database.reading(much=True) as cursor:
        _check_units(cursor, chosen.units)
        number, head = _upto(cursor, chosen.as_of_batch)
        values = _values(chosen, number)
        extent = run(cursor, "export_extent", values).fetchall()
        if not extent:
            raise NotFound("no reading is in what was asked for")
        folder.mkdir(parents=True, exist_ok=True)
        files = tuple(_months(cursor, folder, extent, values, told))
    exported = Exported(number, head, files, sum(row[3] for row in extent))
    _describe(folder, chosen, exported, moment)
    return exported


def _check_units(cursor: duckdb.DuckDBPyConnection, units: Sequence[str]) -> None:
    strangers = run(cursor, "export_strangers", {"units": list(units)}).fetchall() if units else []
    if strangers:
        raise NotFound(f"the registry knows no unit {', '.join(code for (code,) in strangers)}")


def _upto(cursor: duckdb.DuckDBPyConnection, as_of: int | None) -> tuple[int, str]:
    """The last batch to tell, with its head. Raises NotFound when there is none, or not yet."""
    found = run(cursor, "newest_batch", {"upto": as_of}).fetchone()
    if found is None:
        raise NotFound("there is no batch to export" + ("" if as_of is None else f" up to batch {as_of}"))
    if as_of is not None and found[0] < as_of:
        raise NotFound(f"there is no batch {as_of}: the ledger ends with batch {found[0]}")
    return found[0], found[1]


def _values(chosen: Chosen, as_of: int) -> dict[str, Any]:
    low = midnight(chosen.first_day) if chosen.first_day else EVER
    high = midnight(chosen.last_day + dt.timedelta(days=1)) if chosen.last_day else NEVER
    between = {name: edge.replace(tzinfo=None) for name, edge in (("low", low), ("high", high))}
    return {**between, "as_of": as_of, "units": list(chosen.units) or None}


def _months(
    cursor: duckdb.DuckDBPyConnection, folder: Path, extent: Sequence[Any], values: dict[str, Any], told: Told
) -> Iterator[Written]:
    total, done = sum(row[2] for row in extent), 0
    for number, first_day, rows, unknown in extent:
        granularity, month = Granularity.of_number(number), Month.of(first_day)
        heard = partial(_hear, told, f"{granularity.value} {month}", done, total)
        if rows > unknown:
            yield _written(cursor, folder, granularity, month, _within(values, month.period, number), heard)
        done += rows
        heard(rows)


def _hear(told: Told, step: str, before: int, total: int, rows: int) -> None:
    """Rows of one file, told as rows of all."""
    told(step, before + rows, total)


def _within(values: dict[str, Any], month: Period, granularity: int) -> dict[str, Any]:
    """What is asked of one month: the edges of the export cut its first and last one."""
    low = max(values["low"], month.start.replace(tzinfo=None))
    high = min(values["high"], month.end.replace(tzinfo=None))
    return {**values, "low": low, "high": high, "granularity": granularity}


def _written(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    granularity: Granularity,
    month: Month,
    values: dict[str, Any],
    heard: Callable[[int], None],
) -> Written:
    path = folder / granularity.value / f"{month}.parquet"
    path.parent.mkdir(exist_ok=True)
    part, rows, total = part_of(path), 0, Decimal(0)
    with pq.ParquetWriter(part, SCHEMA, compression="zstd") as out:
        for piece in run(cursor, "export_month", values).to_arrow_reader(ROWS_AT_ONCE):
            table = _shown(pa.Table.from_batches([piece]), granularity)
            out.write_table(table)
            rows += table.num_rows
            total += pc.sum(table["value"]).as_py() or Decimal(0)
            heard(rows)
    settle(part, path)
    return Written(path.relative_to(folder).as_posix(), rows, total)


def _shown(table: pa.Table, granularity: Granularity) -> pa.Table:
    """The columns of SCHEMA out of the store's."""
    columns = {
        **{name: table[name] for name in ("credit_code", "data_code", "value", "batch")},
        "granularity": pa.array([granularity.value]).take(pa.array([0] * table.num_rows, pa.int8())),
        "origin": origin_names(table["origin"]),
        "start": table["start"].cast(pa.timestamp("us")),
        "version": table["version"].cast(pa.timestamp("us")),
    }
    return pa.table([columns[field.name] for field in SCHEMA], names=SCHEMA.names).cast(SCHEMA)


def _describe(folder: Path, chosen: Chosen, exported: Exported, moment: dt.datetime) -> None:
    """The description beside the files, written last: where it is, the export is whole."""
    told = {
        "moment": moment.isoformat(),
        "batch": exported.batch,
        "head": exported.head,
        "first_day": chosen.first_day and str(chosen.first_day),
        "last_day": chosen.last_day and str(chosen.last_day),
        "units": list(chosen.units) or None,
        "readings_without_a_known_point": exported.unknown,
        "columns": [
            {"name": name, "type": str(kind), "english": english, "chinese": chinese}
            for name, kind, english, chinese in COLUMNS
        ],
        "files": [
            {"file": one.file, "rows": one.rows, "sum_of_values": str(one.total)} for one in exported.files
        ],
    }
    path = folder / DESCRIPTION
    part_of(path).write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    settle(part_of(path), path)
