"""What a spool keeps, as a file for people: quarter-hours as they hold, or whole days and months of them, as CSV or Parquet.

A period is labelled by its start, Beijing time; a day ends at 00:00. A day or month says how many quarter-hours it has and
of how many they are, so that one with a gap is not taken for a small one. Arrow is loaded when Parquet is asked for and not
before: a small box need not have it.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from edge_probe.readings import QUARTER_HOUR, Reading, worst_of
from edge_probe.spool import Spool
from graph.errors import InvalidInput, StoreError
from graph.model.data_code import DataCode
from graph.model.period import BEIJING, Granularity, midnight, slot_at

COLUMNS = ("unit", "data_code", "granularity", "start", "value", "version", "origin", "quarters", "due")
FORMATS = (".csv", ".parquet")
PERIODS = (Granularity.QUARTER_HOUR, Granularity.DAY, Granularity.MONTH)
DAYS_AT_ONCE = 31  # of one data code in memory: 2 976 rows


@dataclass(frozen=True)
class Row:
    """A period of a data code: what it used, of `due` quarter-hours `quarters` are kept; the worst of their origins."""

    unit: str
    data_code: str
    granularity: Granularity
    start: dt.datetime
    value: Decimal
    version: dt.datetime
    origin: str
    quarters: int
    due: int


def rows_of(
    spool: Spool, codes: Sequence[str], days: tuple[dt.date, dt.date], granularity: Granularity
) -> Iterator[Row]:
    """The periods that begin on these Beijing days, the last one included, by data code and in their order."""
    if granularity not in PERIODS:
        raise InvalidInput(f"came {granularity}, expected one of {', '.join(PERIODS)}", "granularity")
    for code in codes:
        kept = _readings(spool, code, days)
        for (unit, start), found in groupby(kept, lambda r: (r.unit, _begins(r.start, granularity))):
            yield _row(unit, code, start, granularity, list(found))


def write(rows: Iterator[Row], file: Path) -> int:
    """Write a file that is not there yet, by the ending of its name; how many rows. Raises InvalidInput or StoreError."""
    if file.suffix not in FORMATS:
        raise InvalidInput(
            f"came {file.name!r:.80}, expected a name ending in {' or '.join(FORMATS)}", "file"
        )
    try:
        with file.open("xb"):
            pass
    except FileExistsError as fault:
        raise StoreError(f"{file}: is there already, and is not written over") from fault
    except OSError as fault:
        raise StoreError(f"{file}: {fault.strerror or fault}") from fault
    with _whole(file):
        return _csv(rows, file) if file.suffix == ".csv" else _parquet(rows, file)


@contextmanager
def _whole(file: Path) -> Iterator[None]:
    """A file that broke off is taken away, as it looks like a whole one."""
    try:
        yield
    except BaseException as fault:
        file.unlink(missing_ok=True)
        if isinstance(fault, (OSError, ValueError)):  # Arrow's errors are these
            raise StoreError(f"{file}: {getattr(fault, 'strerror', None) or fault}") from fault
        raise


def due(granularity: Granularity, start: dt.datetime) -> int:
    """How many quarter-hours a period has."""
    slot = slot_at(start, granularity)
    return (slot.end - slot.start) // QUARTER_HOUR


def _begins(start: dt.datetime, granularity: Granularity) -> dt.datetime:
    if granularity is Granularity.QUARTER_HOUR:
        return start  # as it is, for there are millions
    return slot_at(start, granularity).start


def _readings(spool: Spool, code: str, days: tuple[dt.date, dt.date]) -> Iterator[Reading]:
    day, last = days
    while day <= last:
        after = min(day + dt.timedelta(days=DAYS_AT_ONCE), last + dt.timedelta(days=1))
        for row in spool.between(code, midnight(day), midnight(after)):
            yield row.reading
        day = after


def _row(unit: str, code: str, start: dt.datetime, granularity: Granularity, found: list[Reading]) -> Row:
    return Row(
        unit,
        str(DataCode(code)),
        granularity,
        start.astimezone(BEIJING),
        sum((reading.value for reading in found), Decimal(0)),
        max(reading.written_at for reading in found).astimezone(BEIJING),
        worst_of({reading.origin for reading in found}),
        len(found),
        due(granularity, start),
    )


def _csv(rows: Iterator[Row], file: Path) -> int:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        count = 0
        for row in rows:
            writer.writerow(_text(getattr(row, name)) for name in COLUMNS)
            count += 1
        return count


def _text(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        return cell.isoformat()
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _parquet(rows: Iterator[Row], file: Path) -> int:
    pa, parquet = _arrow()
    instant, whole = pa.timestamp("us", tz="Asia/Shanghai"), pa.int32()
    kinds = {
        "start": instant,
        "version": instant,
        "value": pa.decimal128(18, 4),
        "quarters": whole,
        "due": whole,
    }
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    count = 0
    with parquet.ParquetWriter(file, schema) as writer:
        for _, group in groupby(enumerate(rows), lambda numbered: numbered[0] // 50_000):
            some = [row for _, row in group]
            columns = [
                pa.array([getattr(row, name) for row in some], schema.field(name).type) for name in COLUMNS
            ]
            writer.write_table(pa.table(columns, schema=schema))
            count += len(some)
    return count


def _arrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as fault:
        raise InvalidInput(
            "Parquet needs the package pyarrow, which is not here; CSV does not", "file"
        ) from fault
