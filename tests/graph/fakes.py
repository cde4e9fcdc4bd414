"""Sources in memory, standing at the ports: rows of nouns, figures as they were put in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any

import pyarrow as pa
from strawberry.types import ExecutionResult

from graph.model.period import slot_at
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Reach, Role
from graph.model.reading import VALUE
from graph.ports import (
    NO_HUBS,
    NOW,
    AsOf,
    BalanceAsk,
    CompletenessAsk,
    DigestAsk,
    FreshnessAsk,
    GraphContext,
    HistoryAsk,
    HopAsk,
    LiveSource,
    MonthlyAsk,
    Page,
    ReadingAsk,
    Sources,
)
from graph.schema import Schema, build_schema
from tests.graph.fake_events import FakeEvents
from tests.graph.fake_rows import FakeRows
from tests.graph.fake_writer import FakeWriter
from tests.graph.samples import VERSIONS, Row

__all__ = ["FakeFigures", "FakeRows", "FakeSources", "LatestAsk", "schema"]


READINGS = pa.schema(
    [
        pa.field("unit_id", pa.int32()),
        pa.field("point_id", pa.int32()),
        pa.field("start", pa.timestamp("us")),
        pa.field("value", VALUE),
        pa.field("origin", pa.string()),
        pa.field("batch", pa.int32()),
        pa.field("suspect", pa.bool_()),
    ]
)


NOTHING_TOLD = pa.schema(
    {"province": pa.string(), "last_day": pa.date32(), "told_at": pa.timestamp("us", "UTC")}
).empty_table()


NO_MONTHS = pa.schema(
    {
        **dict.fromkeys(("province", "unit", "data_code", "month"), pa.string()),
        **dict.fromkeys(("monthly", "daily"), pa.decimal128(24, 4)),
        **dict.fromkeys(("days", "month_days", "batch"), pa.int64()),
        **dict.fromkeys(("coverage", "deviation", "factor"), pa.float64()),
        **dict.fromkeys(("complete", "beyond_tolerance", "independent"), pa.bool_()),
        **dict.fromkeys(("source", "day_sources"), pa.string()),
    }
).empty_table()


@dataclass(frozen=True)
class LatestAsk:
    """What the last values were asked of."""

    points: tuple[tuple[int, int], ...]
    as_of: AsOf


@dataclass
class FakeFigures:
    """A figure source over rows that were put in; balance and completeness answer as they were given."""

    reading_rows: list[Row] = field(default_factory=list)
    version_rows: list[Row] = field(default_factory=list)
    histories: list[HistoryAsk] = field(default_factory=list)
    balance_table: pa.Table | None = None
    completeness_table: pa.Table | None = None
    hops_table: pa.Table | None = None
    evidence_table: pa.Table | None = None
    freshness_table: pa.Table | None = None
    monthly_table: pa.Table = field(default_factory=lambda: NO_MONTHS)
    months: list[MonthlyAsk] = field(default_factory=list)
    asks: list[ReadingAsk | LatestAsk | BalanceAsk | CompletenessAsk | HopAsk | FreshnessAsk] = field(
        default_factory=list
    )

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings by point and start, starts without a zone as a store may keep them."""
        self.asks.append(ask)
        kept: list[Row] = []
        for place in sorted(ask.points):
            of_point = [row for row in self.reading_rows if (row["unit_id"], row["point_id"]) == place]
            in_period = sorted(
                (row for row in of_point if row["start"] in ask.period), key=lambda row: row["start"]
            )
            said = {row["start"]: row for row in in_period}
            empty = {"unit_id": place[0], "point_id": place[1], "suspect": False}
            slots = _starts(ask) if ask.gaps else list(said)
            kept += [said.get(start, {**empty, "start": start}) for start in slots][: ask.first]
        return pa.Table.from_pylist([_without_zone(row) for row in kept], schema=READINGS)

    def latest(self, points: Sequence[tuple[int, int]], as_of: AsOf = NOW) -> pa.Table:
        """The last of the rows that were put in, of each point; rows that say no granularity are days."""
        self.asks.append(LatestAsk(tuple(points), as_of))
        of_points = [row for row in self.reading_rows if (row["unit_id"], row["point_id"]) in points]
        last = {(row["unit_id"], row["point_id"]): row for row in sorted(of_points, key=itemgetter("start"))}
        rows = [{"granularity": "day", **_without_zone(last[place])} for place in sorted(last)]
        return pa.Table.from_pylist(rows, schema=READINGS.append(pa.field("granularity", pa.string())))

    def history(self, ask: HistoryAsk) -> pa.Table:
        """The versions that were put in, as far as their points and starts are asked for."""
        self.histories.append(ask)
        kept = [row for row in self.version_rows if (row["unit_id"], row["point_id"]) in ask.points]
        kept = [row for row in kept if row["start"] in ask.starts and row["granularity"] in ask.granularities]
        kept.sort(key=itemgetter("unit_id", "point_id", "granularity", "start", "version"))
        return pa.Table.from_pylist([_without_zone(row) for row in kept], schema=VERSIONS)

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """The table that was put in."""
        self.asks.append(ask)
        assert self.balance_table is not None
        return self.balance_table

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """The table that was put in."""
        self.asks.append(ask)
        assert self.completeness_table is not None
        return self.completeness_table

    def hops(self, ask: HopAsk) -> pa.Table:
        """The table that was put in."""
        self.asks.append(ask)
        assert self.hops_table is not None
        return self.hops_table

    def evidence(self, ask: HopAsk) -> pa.Table:
        """The table that was put in."""
        self.asks.append(ask)
        assert self.evidence_table is not None
        return self.evidence_table

    def freshness(self, ask: FreshnessAsk) -> pa.Table:
        """The table that was put in, or of no province."""
        self.asks.append(ask)
        return NOTHING_TOLD if self.freshness_table is None else self.freshness_table

    def monthly(self, ask: MonthlyAsk) -> Page:
        """The first rows of the table that was put in, whatever is asked."""
        self.months.append(ask)
        table = self.monthly_table.slice(0, ask.first)
        more, total = table.num_rows < self.monthly_table.num_rows, self.monthly_table.num_rows
        return Page(
            table, [str(place) for place in range(table.num_rows)], more, has_previous=False, total=total
        )

    def monthly_by_province(self, ask: MonthlyAsk) -> pa.Table:
        """How many rows of it lie in each province."""
        self.months.append(ask)
        counted = self.monthly_table.group_by("province").aggregate([("unit", "count")])
        return counted.rename_columns(["province", "rows"])

    def digests(self, ask: DigestAsk) -> pa.Table:
        """None: no field asks for any yet."""
        raise AssertionError(ask)


def _starts(ask: ReadingAsk) -> list[dt.datetime]:
    slots = [slot_at(ask.period.start, ask.granularity)]
    while slots[-1].end < ask.period.end:
        slots.append(slot_at(slots[-1].end, ask.granularity))
    return [slot.start for slot in slots]


def _without_zone(row: Row) -> Row:
    moments = {name: value for name, value in row.items() if isinstance(value, dt.datetime)}
    return row | {name: moment.astimezone(dt.UTC).replace(tzinfo=None) for name, moment in moments.items()}


@dataclass(frozen=True)
class FakeClock:
    """A clock that stands still."""

    moment: dt.datetime

    def now(self) -> dt.datetime:
        """The moment it stands at."""
        return self.moment


@dataclass
class FakeStates:
    """The states of a fake ledger."""

    ledger: FakeRows

    def last_batch(self) -> int:
        """The number of its last batch."""
        return max((row["id"] for row in self.ledger.nouns.get("batch", [])), default=0)

    def received_at(self, batch: int) -> dt.datetime | None:
        """When a batch of it came."""
        rows = self.ledger.nouns.get("batch", [])
        return next((row["received_at"] for row in rows if row["id"] == batch), None)


NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@dataclass
class FakeSources:
    """Everything a query may ask, and who asks; `ask` runs one."""

    registry: FakeRows = field(default_factory=FakeRows)
    ledger: FakeRows = field(default_factory=FakeRows)
    figures: FakeFigures = field(default_factory=FakeFigures)
    events: FakeEvents = field(default_factory=FakeEvents)
    now: dt.datetime = NOON
    reach: Reach = NATION
    writer: FakeWriter = field(default_factory=FakeWriter)
    live: LiveSource = NO_HUBS
    waiting: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset({Role.READ})
    kind: OrganisationKind = OrganisationKind.NATIONAL_AGENCY
    parts: frozenset[Part] = frozenset(Part)

    def context(self) -> GraphContext:
        """The context of one request."""
        clock = FakeClock(self.now)
        sources = Sources(
            self.registry,
            self.ledger,
            self.figures,
            FakeStates(self.ledger),
            clock,
            self.writer,
            self.live,
            self.events,
            self.waiting,
        )
        asker = Principal("tester", "测试机构", self.reach, self.roles, self.kind, self.parts)
        return GraphContext(asker, sources)

    async def ask(self, query: str, **variables: Any) -> ExecutionResult:
        """The result of one query."""
        return await schema().execute(query, variables, context_value=self.context())

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a query that must not fail."""
        result = await self.ask(query, **variables)
        assert not result.errors, result.errors
        assert result.data is not None
        return result.data

    async def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The one error of a query that must fail, as it goes over the wire."""
        result = await self.ask(query, **variables)
        assert result.errors is not None
        assert len(result.errors) == 1, result.errors
        return dict(result.errors[0].formatted)


@cache
def schema() -> Schema:
    """The schema, built once for all tests."""
    return build_schema()
