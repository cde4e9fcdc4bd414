"""From a body of bytes to a durable batch and out again: decode, judge, store, and the questions of a first page.

170 000 quarter-hours of 1 700 units arrive as one Arrow body, are resent, and are corrected, through the same code
as `POST /sync/v1/batches` runs, into a DuckDB file. The alternative named is bare DuckDB: the same decoded rows
appended to a table of its own in one transaction, with nothing judged, compared or kept.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.credit_code import CreditCode
from graph.model.period import UTC, Granularity, Period, midnight
from graph.model.reading import EXCHANGED, INSTANT, VALUE
from graph.ports import BalanceAsk, CompletenessAsk, Delivery, Dimension, ReadingAsk
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from provincial_adapters.nengshu_batches import ARROW, decode
from scripts.benchmarks._figure import Figure, Wanted, best_seconds

UNITS, SLOTS = 1_700, 100
ROWS = UNITS * SLOTS
DAY = dt.date(2026, 11, 1)
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=UTC)
CODE = "0000000002330011"


class _StillClock:
    def now(self) -> dt.datetime:
        """It is always the same noon."""
        return NOW


@dataclass(frozen=True)
class _Sending:
    hub: Hub

    def __call__(self, body: bytes, key: str) -> float:
        """Seconds from bytes to durable."""
        started = perf_counter()
        self.hub.intake.take(Delivery("bench", key, key, decode(body, ARROW)))
        return perf_counter() - started


def figures() -> Iterable[Figure]:
    """Rows a second through the whole way in, its ratio to bare DuckDB, and the first page's questions."""
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        bare = _bare_seconds(Path(folder))
        with open_hub(Settings(data_dir=Path(folder) / "hub"), _StillClock()) as hub:
            _registry(hub)
            send = _Sending(hub)
            fresh = min(send(_body(Decimal(1), day), f"fresh {day}") for day in range(3))
            resent = min(send(_body(Decimal(1), day), f"resent {day}") for day in range(3))
            corrected = min(send(_body(Decimal(2), day), f"corrected {day}") for day in range(3))
            yield Figure("bare DuckDB append", ROWS / bare, "rows/s")
            yield Figure("fresh, bytes to durable", ROWS / fresh, "rows/s", 300_000)
            yield Figure("fresh, share of bare append", bare / fresh, "x", 0.03)
            yield Figure("resent, against fresh", resent / fresh, "x", 1.5, Wanted.AT_MOST)
            yield Figure("corrected, against fresh", corrected / fresh, "x", 3, Wanted.AT_MOST)
            yield from _questions(hub)


def _questions(hub: Hub) -> Iterable[Figure]:
    month = Period.of_days(DAY, dt.date(2026, 11, 22))
    by_kind = BalanceAsk(month, (Dimension.KIND, Dimension.MONTH))
    complete = CompletenessAsk(month, (Dimension.PROVINCE, Dimension.DAY))
    one = ReadingAsk([(1, 1)], month, Granularity.QUARTER_HOUR)
    yield Figure(
        "balance by kind and month",
        best_seconds(lambda: hub.store.balance(by_kind)) * 1000,
        "ms",
        1000,
        Wanted.AT_MOST,
    )
    yield Figure(
        "completeness by province and day",
        best_seconds(lambda: hub.store.completeness(complete)) * 1000,
        "ms",
        500,
        Wanted.AT_MOST,
    )
    yield Figure(
        "a point's quarter-hours",
        best_seconds(lambda: hub.store.readings(one)) * 1000,
        "ms",
        100,
        Wanted.AT_MOST,
    )


def _units() -> list[str]:
    return [CreditCode.of_body(f"91910100MA{number:07d}").text for number in range(UNITS)]


def _registry(hub: Hub) -> None:
    region = {"code": "910000", "name": "虚构甲省", "short_name": "甲", "english": "Invented Jia"}
    city = {"code": "910100", "name": "虚构甲市", "short_name": "甲", "english": "Invented City"}
    hub.registry.upsert("region", [region, city], "bench")
    rest = {"region": "910100", "industry": "C31", "tier": "thousand"}
    hub.registry.upsert(
        "unit", [{"credit_code": u, "name": f"虚构单位{u}", **rest} for u in _units()], "bench"
    )
    points = {"code": CODE, "granularity": "quarter_hour", "since": DAY}
    hub.registry.upsert("data_point", [{"unit": u, **points} for u in _units()], "bench")


def _table(value: Decimal, day: int) -> pa.Table:
    start = midnight(DAY) + dt.timedelta(days=2 * day)
    starts = pa.array([start + dt.timedelta(minutes=15 * slot) for slot in range(SLOTS)] * UNITS, INSTANT)
    units = pa.array([unit for unit in _units() for _ in range(SLOTS)])
    values = pc.add(pa.array(range(ROWS), pa.int32()).cast(pa.decimal128(10, 0)), pa.scalar(value)).cast(
        VALUE
    )
    return pa.table(
        {
            "unit": units, "data_code": pa.repeat(CODE, ROWS), "granularity": pa.repeat("quarter_hour", ROWS),
            "start": starts, "value": values, "version": pa.nulls(ROWS, INSTANT),
            "origin": pa.repeat("instrument", ROWS),
        },
        schema=EXCHANGED,
    )  # fmt: skip


def _body(value: Decimal, day: int) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, EXCHANGED) as stream:
        stream.write_table(_table(value, day))
    return sink.getvalue()


def _bare_seconds(folder: Path) -> float:
    """The same rows appended to a plain table, durable."""
    table = _table(Decimal(1), 0)
    with duckdb.connect(str(folder / "bare.duckdb")) as connection:
        connection.register("rows", table)
        connection.execute("CREATE TABLE plain AS SELECT * FROM rows LIMIT 0")

        def append() -> None:
            connection.execute("BEGIN")
            connection.execute("INSERT INTO plain SELECT * FROM rows")
            connection.execute("COMMIT")

        return best_seconds(append, rounds=5)
