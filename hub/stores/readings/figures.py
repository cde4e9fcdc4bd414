"""Readings, balances and completeness out of the readings file: one statement an answer, two or three for one unit's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from graph.model.period import UTC, Period, beijing_day, midnight
from graph.model.principal import Reach
from graph.model.reading import granularity_names, origin_names
from graph.model.region import RegionLevel
from graph.ports import (
    NOW,
    AsOf,
    BalanceAsk,
    Clock,
    CompletenessAsk,
    DigestAsk,
    Dimension,
    FreshnessAsk,
    HistoryAsk,
    ReadingAsk,
)
from hub.stores.readings.arrow_tables import registered
from hub.stores.readings.comparing import compared_only, days_of
from hub.stores.readings.database import Database
from hub.stores.readings.digesting import digests_of, of_units
from hub.stores.readings.first_rows import first_of_each
from hub.stores.readings.holding import exchanged
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.moments import BEGINNING, END_OF_TIME, kept
from hub.stores.readings.recounting import Recount, Recounting, Told
from hub.stores.readings.series import RULES, between, bounds_of, is_much, series
from hub.stores.readings.statements import run
from hub.stores.readings.unit_sums import UnitSums

ALL_TIME = Period(midnight(dt.date(1990, 1, 1)), midnight(dt.date(2200, 12, 31)))
ROWS_PER_PIECE = 65_536  # what one piece of a stream holds: some megabytes
A_WEEK = dt.timedelta(days=7)  # of completeness: worth no more than one core
NOW_BATCH = 2**31 - 1  # later than any batch


@dataclass(frozen=True)
class Figures:
    """Answers from one file (graph.ports.FigureSource)."""

    database: Database
    mirror: Mirror
    clock: Clock
    sums: UnitSums = field(default_factory=UnitSums)

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings of the points asked for, by point and start."""
        self.mirror.refresh()
        values = bounds_of(ask)
        with self.database.reading(much=is_much(ask)) as cursor:
            values |= said_by(cursor, ask.as_of, self.clock.now()).bound
            found = series(cursor, ask, values, lambda: self._asked(ask.points), self.database.marked)
        kept = first_of_each(found.to_batches(), ask.first)
        return _with_words(pa.Table.from_batches(kept, found.schema))

    def stream(self, ask: ReadingAsk) -> Iterator[pa.RecordBatch]:
        """The same piece by piece, for answers larger than memory; without gaps. The store is one state throughout."""
        self.mirror.refresh()
        values = bounds_of(ask)
        with self.database.reading() as cursor, registered(cursor, asked=self._asked(ask.points)):
            then = said_by(cursor, ask.as_of, self.clock.now())

            def read() -> Iterator[pa.RecordBatch]:
                rule = run(cursor, RULES[ask.granularity], {**values, **then.bound})
                yield from rule.to_arrow_reader(ROWS_PER_PIECE)

            for piece in first_of_each(self.database.on_all_cores_each(read()), ask.first):
                yield from _with_words(pa.Table.from_batches([piece])).combine_chunks().to_batches()

    def _asked(self, places: Sequence[tuple[int, int]]) -> pa.Table:
        """unit_id, point_id and whether the point's values add up, each place once."""
        units = np.array([unit for unit, _ in dict.fromkeys(places)], np.int64)
        points = np.array([point for _, point in dict.fromkeys(places)], np.int64)
        return pa.table(
            {
                "unit_id": pa.array(units, pa.int32()),
                "point_id": pa.array(points, pa.int32()),
                "adds_up": self.mirror.points.adds_up[self.mirror.points.places(units, points)],
            }
        )

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """Energy by the dimensions asked for, over the Beijing days of the period; other dimensions are dropped."""
        self.mirror.refresh()
        values: dict[str, Any] = {
            **_grouped(ask.group_by),
            **within(ask.reach),
            **days_of(ask),
            "of_provinces": _of_provinces(ask),
            "basis": ask.basis.value,
            "order": ask.order.value,
            "descending": ask.descending,
            "first": ask.first,
            "provinces": _some(ask.provinces),
            "tiers": _some([tier.value for tier in ask.tiers]),
            "kinds": _some([kind.value for kind in ask.kinds]),
            "units": _some(ask.units),
        }
        much = not values["of_provinces"] and ask.reach.unit is None
        with self.database.reading(much=much) as cursor:
            then = said_by(cursor, ask.as_of, self.clock.now())
            summed = values["of_provinces"] and (ask.as_of == NOW or not _straddled(cursor, then))
            question = "balance_of_provinces" if summed else "balance"
            found = run(cursor, question, {**values, **then.bound}).to_arrow_table()
        return compared_only(_asked_only(found, ask.group_by), ask)

    def latest(self, points: Sequence[tuple[int, int]], as_of: AsOf = NOW) -> pa.Table:
        """The last value of each point: unit_id, point_id, granularity, start, value, origin, batch, suspect."""
        return _with_words(self._of_points("latest", points, ALL_TIME, as_of))

    def history(self, ask: HistoryAsk) -> pa.Table:
        """Everything ever said of these points in a period, with what became of it, by whom and why."""
        numbers = [granularity.number for granularity in ask.granularities]
        values = {
            "finest": min(numbers),
            "coarsest": max(numbers),
            "starts": [kept(start) for start in ask.starts] or None,
        }
        return _with_words(self._of_points("history", ask.points, ask.period, NOW, values))

    def digests(self, ask: DigestAsk) -> pa.Table:
        """Count, exact sum and digest of a level's buckets. Raises InvalidInput."""
        self.mirror.refresh()
        state = self.database.writes, self.mirror.changed_at  # as it is before anything is read

        def summed(question: Hashable, sums: Callable[[], pa.Table]) -> pa.Table:
            return self.sums.of((state, question), sums)

        with self.database.reading(much=True) as cursor:
            then = said_by(cursor, ask.as_of, self.clock.now())
            return digests_of(cursor, ask, {**within(ask.reach), **then.bound}, self.mirror.points, summed)

    def held(
        self, ask: DigestAsk, *, taken_back: bool = False, brought_by: str | None = None
    ) -> Generator[pa.RecordBatch]:
        """As ReadingsStore.held; EXCHANGED by unit, point and start. Its units have to be named."""
        self.mirror.refresh()
        with self.database.reading() as cursor:
            then = said_by(cursor, ask.as_of, self.clock.now())
            values = {**within(ask.reach), **then.bound}
            bound = {**of_units(cursor, ask, values), "brought_by": brought_by}
        return exchanged(self.database, "taken_back" if taken_back else "held", bound)

    def recount(self, ask: DigestAsk, told: Told, *, mend: bool) -> Recount:
        """Hold what is kept of units' days against their readings; with `mend` it is made to follow from them."""
        self.mirror.refresh()
        with self.database.reading() as cursor:
            then = said_by(cursor, NOW, self.clock.now())
        counting = Recounting(self.database, self.mirror, ask, {**within(ask.reach), **then.bound})
        return counting.run(told, mend=mend)

    def _of_points(
        self,
        question: str,
        points: Sequence[tuple[int, int]],
        period: Period,
        as_of: AsOf,
        more: Mapping[str, Any] = MappingProxyType({}),
    ) -> pa.Table:
        self.mirror.refresh()
        units = [unit for unit, _ in points]
        values = {
            **more,
            **between(period),
            "first_unit": min(units, default=0),
            "last_unit": max(units, default=0),
        }
        with self.database.reading(much=True) as cursor, registered(cursor, asked=self._asked(points)):
            then = said_by(cursor, as_of, self.clock.now())
            return run(cursor, question, {**values, **then.bound}).to_arrow_table()

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Slots due and received of finished days; a day that still ran then owed nothing yet."""
        self.mirror.refresh()
        values: dict[str, Any] = {
            **_grouped(ask.group_by),
            **within(ask.reach),
            "first_day": ask.period.first_day,
            "provinces": _some(ask.provinces),
            "units": _some(ask.units),
        }
        by_points = {Dimension.KIND, Dimension.VARIETY} & set(ask.group_by)
        much = bool(by_points) or ask.period.last_day - ask.period.first_day > A_WEEK
        with self.database.reading(much=much) as cursor:
            then = said_by(cursor, ask.as_of, self.clock.now())
            end_day = min(ask.period.last_day + dt.timedelta(days=1), beijing_day(then.moment))
            values["end_day"] = max(end_day, ask.period.first_day)
            question = "completeness_of_points" if by_points else "completeness"
            found = run(cursor, question, {**values, **then.bound}).to_arrow_table()
        return _asked_only(found, ask.group_by)

    def freshness(self, ask: FreshnessAsk) -> pa.Table:
        """province, last_day, told_at: how far each province has come in a period."""
        self.mirror.refresh()
        values = {
            **within(ask.reach),
            "first_day": ask.period.first_day,
            "last_day": ask.period.last_day,
            "provinces": _some(ask.provinces),
        }
        with self.database.reading(much=ask.period.last_day - ask.period.first_day > A_WEEK) as cursor:
            then = said_by(cursor, ask.as_of, self.clock.now())
            found = run(cursor, "freshness", {**values, **then.bound}).to_arrow_table()
        told = found["told_at"].cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
        return found.set_column(found.schema.get_field_index("told_at"), "told_at", told)


_UNITWISE = frozenset({Dimension.CITY, Dimension.COUNTY, Dimension.SECTION, Dimension.TIER, Dimension.UNIT})


def _straddled(cursor: duckdb.DuckDBPyConnection, then: Then) -> bool:
    return run(cursor, "straddled", then.bound).fetchone() is not None


def _of_provinces(ask: BalanceAsk) -> bool:
    """Whether provinces' own sums answer it: nothing in the question tells units of one province apart."""
    whole = ask.reach.unit is None and (
        ask.reach.region is None or ask.reach.region.level is RegionLevel.PROVINCE
    )
    return whole and not (_UNITWISE & set(ask.group_by) or ask.tiers or ask.units)


@dataclass(frozen=True)
class Then:
    """What a question may know of: batches up to `batch`, changes of rollups and registry up to `at`."""

    batch: int
    at: dt.datetime
    moment: dt.datetime

    @property
    def bound(self) -> dict[str, Any]:
        """As the statements bind it."""
        return {"as_of": self.batch, "at": self.at}


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


def _grouped(dimensions: Sequence[Dimension]) -> dict[str, bool]:
    return {f"by_{dimension.value}": dimension in dimensions for dimension in Dimension}


def _some(values: Sequence[str]) -> list[str] | None:
    return list(values) or None


def _asked_only(table: pa.Table, dimensions: Sequence[Dimension]) -> pa.Table:
    unasked = [d.value for d in Dimension if d not in dimensions]
    return table.drop_columns(unasked)


def said_by(cursor: duckdb.DuckDBPyConnection, as_of: AsOf, now: dt.datetime) -> Then:
    """What was said up to a batch or a moment. As of a batch is as of the moment it was received."""
    if as_of == NOW:
        return Then(NOW_BATCH, END_OF_TIME, now)
    found = run(
        cursor, "said_by", {"batch": as_of.batch, "moment": as_of.moment and kept(as_of.moment)}
    ).fetchone()
    batch, received_at = found or (0, BEGINNING)
    if as_of.moment is not None:
        return Then(batch, kept(as_of.moment), as_of.moment)
    return Then(as_of.batch or 0, received_at, received_at.replace(tzinfo=UTC))


def _with_words(table: pa.Table) -> pa.Table:
    """Origins and granularities by name, starts with their offset."""
    names = origin_names(table["origin"])
    table = table.set_column(table.schema.get_field_index("origin"), "origin", names)
    if "granularity" in table.column_names:
        names = granularity_names(table["granularity"])
        table = table.set_column(table.schema.get_field_index("granularity"), "granularity", names)
    start = table["start"]
    if start.type != pa.timestamp("us"):
        start = start.cast(pa.timestamp("us"))
    start = start.cast(pa.timestamp("us", tz="UTC"))
    return table.set_column(table.schema.get_field_index("start"), "start", start)
