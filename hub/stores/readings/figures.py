"""Readings, balances and completeness out of the readings file, one statement an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import UTC, Granularity, Period, beijing_day
from graph.model.principal import Reach
from graph.model.reading import Origin
from graph.model.region import RegionLevel
from graph.ports import AsOf, BalanceAsk, Clock, CompletenessAsk, Dimension, ReadingAsk
from hub.stores.readings.database import Database
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.statements import run

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
        values = {
            **_between(ask.period),
            "granularity": ask.granularity.number,
            "first": ask.first,
        }
        with self.database.reading() as cursor:
            cursor.register("asked", asked)
            values["as_of"] = _batch(cursor, ask.as_of)
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
            values["as_of"] = _batch(cursor, ask.as_of)
            found = run(cursor, "balance", values).to_arrow_table()
        return _asked_only(found, ask.group_by)

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Slots due and received of finished days; a day still running owes nothing yet."""
        self.mirror.refresh()
        today = beijing_day(self.clock.now())
        end_day = min(ask.period.last_day + dt.timedelta(days=1), today)
        values: dict[str, Any] = {
            **_between(ask.period),
            **_grouped(ask.group_by),
            **within(ask.reach),
            "first_day": ask.period.first_day,
            "end_day": max(end_day, ask.period.first_day),
            "provinces": _some(ask.provinces),
            "units": _some(ask.units),
        }
        with self.database.reading() as cursor:
            values["as_of"] = _batch(cursor, ask.as_of)
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


def _batch(cursor: Any, as_of: AsOf) -> int:
    """The batch a question is asked as of."""
    if as_of.batch is not None:
        return as_of.batch
    if as_of.moment is None:
        return NOW_BATCH
    moment = as_of.moment.astimezone(UTC).replace(tzinfo=None)
    question = "SELECT coalesce(max(id), 0) FROM batch WHERE received_at <= $moment"
    return int(cursor.execute(question, {"moment": moment}).fetchone()[0])


_ORIGINS = pa.array([origin.value for origin in Origin])


def _with_words(table: pa.Table) -> pa.Table:
    """Origins by name, starts with their offset."""
    names = _ORIGINS.take(pc.subtract(table["origin"].cast(pa.int32()), 1).combine_chunks())
    table = table.set_column(table.schema.get_field_index("origin"), "origin", names)
    start = table["start"].cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    return table.set_column(table.schema.get_field_index("start"), "start", start)
