"""Readings, balances and completeness out of the readings file, one statement an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from graph.model.period import UTC, Granularity, Period, beijing_day, midnight, widened
from graph.model.principal import Reach
from graph.model.reading import origin_names
from graph.model.region import RegionLevel
from graph.ports import NOW, AsOf, BalanceAsk, Clock, CompletenessAsk, Dimension, ReadingAsk
from hub.stores.readings.database import Database
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.statements import run

EPOCH = midnight(dt.date(1990, 1, 1))  # before any batch
NOW_BATCH = 2**31 - 1  # later than any batch
CONSUMPTION_USES = ("11",)  # 11 was seen for plant consumption; the rest is unverified, so it is a setting

_SERIES = {
    Granularity.QUARTER_HOUR: "readings",
    Granularity.HOUR: "readings_hour",
    Granularity.DAY: "readings_day",
    Granularity.MONTH: "readings_month",
    Granularity.YEAR: "readings",
}


@dataclass(frozen=True)
class Figures:
    """Answers from one file (graph.ports.FigureSource). `uses` are the data codes' uses that count."""

    database: Database
    mirror: Mirror
    clock: Clock
    uses: Sequence[str] = CONSUMPTION_USES

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings of the points asked for, by point and start."""
        asked = pa.table(
            {
                "unit_id": pa.array([unit for unit, _ in ask.points], pa.int32()),
                "point_id": pa.array([point for _, point in ask.points], pa.int32()),
            }
        )
        units = [unit for unit, _ in ask.points]
        values = {
            **_between(widened(ask.period, ask.granularity)),
            "granularity": ask.granularity.number,
            "first": ask.first,
            "first_unit": min(units, default=0),
            "last_unit": max(units, default=0),
        }
        with self.database.reading() as cursor:
            cursor.register("asked", asked)
            values["as_of"], _ = _said_by(cursor, ask.as_of, self.clock.now())
            found = run(cursor, _SERIES[ask.granularity], values).to_arrow_table()
        return _with_words(found)

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """Energy by the dimensions asked for; columns of dimensions not asked for are dropped."""
        self.mirror.refresh()
        values: dict[str, Any] = {
            **_between(ask.period),
            **_grouped(ask.group_by),
            **within(ask.reach),
            "basis": ask.basis.value,
            "uses": list(self.uses),
            "provinces": _some(ask.provinces),
            "tiers": _some([tier.value for tier in ask.tiers]),
            "kinds": _some([kind.value for kind in ask.kinds]),
            "units": _some(ask.units),
        }
        with self.database.reading() as cursor:
            values["as_of"], _ = _said_by(cursor, ask.as_of, self.clock.now())
            found = run(cursor, "balance", values).to_arrow_table()
        return _asked_only(found, ask.group_by)

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Slots due and received of finished days; a day that still ran then owed nothing yet."""
        self.mirror.refresh()
        values: dict[str, Any] = {
            **_between(ask.period),
            **_grouped(ask.group_by),
            **within(ask.reach),
            "first_day": ask.period.first_day,
            "provinces": _some(ask.provinces),
            "units": _some(ask.units),
        }
        with self.database.reading() as cursor:
            values["as_of"], then = _said_by(cursor, ask.as_of, self.clock.now())
            end_day = min(ask.period.last_day + dt.timedelta(days=1), beijing_day(then))
            values["end_day"] = max(end_day, ask.period.first_day)
            found = run(cursor, "completeness", values).to_arrow_table()
        return _asked_only(found, ask.group_by)


def within(reach: Reach) -> dict[str, str | None]:
    """A reach as the values the statements bind."""
    region = reach.region
    finer = region is not None and region.level is not RegionLevel.PROVINCE
    significant = 4 if finer and region is not None and region.level is RegionLevel.CITY else 6
    return {
        "province_reach": str(region.province) if region else None,
        "region_reach": region.digits[:significant] if finer and region else None,
        "unit_reach": str(reach.unit) if reach.unit else None,
    }


def _between(period: Period) -> dict[str, dt.datetime]:
    return {"low": period.start.replace(tzinfo=None), "high": period.end.replace(tzinfo=None)}


def _grouped(dimensions: Sequence[Dimension]) -> dict[str, bool]:
    return {f"by_{dimension.value}": dimension in dimensions for dimension in Dimension}


def _some(values: Sequence[str]) -> list[str] | None:
    return list(values) or None


def _asked_only(table: pa.Table, dimensions: Sequence[Dimension]) -> pa.Table:
    unasked = [d.value for d in Dimension if d not in dimensions]
    return table.drop_columns(unasked)


def _said_by(cursor: duckdb.DuckDBPyConnection, as_of: AsOf, now: dt.datetime) -> tuple[int, dt.datetime]:
    """The last batch a question may know of, and the moment it is asked as of."""
    if as_of == NOW:
        return NOW_BATCH, now
    found = run(cursor, "said_by", {"batch": as_of.batch, "moment": _naive(as_of.moment)}).fetchone()
    batch, received_at = found or (0, None)
    if as_of.moment is not None:
        return batch, as_of.moment
    return as_of.batch or 0, (received_at or EPOCH).replace(tzinfo=UTC)


def _naive(moment: dt.datetime | None) -> dt.datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def _with_words(table: pa.Table) -> pa.Table:
    """Origins by name, starts with their offset."""
    names = origin_names(table["origin"])
    table = table.set_column(table.schema.get_field_index("origin"), "origin", names)
    start = table["start"].cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    return table.set_column(table.schema.get_field_index("start"), "start", start)
