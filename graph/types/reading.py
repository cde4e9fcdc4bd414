"""Readings (能耗数据): what a data point used in one period."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import strawberry

from graph.errors import InvalidInput, TooLarge
from graph.execution.arguments import credit_code, data_code
from graph.execution.batched import batched
from graph.execution.budget import spend
from graph.execution.context import Info, ask
from graph.execution.levels import Parted, Picked, Rows, bounds_of, keys_of
from graph.execution.past import AsOfArgument, as_of, moment_of
from graph.execution.prices import ROWS
from graph.model.period import MICROSECOND, Period, slot_at, widened
from graph.ports import ROWS_PER_PAGE_MAX, AsOf, Compare, Condition, ReadingAsk
from graph.types._enums import Granularity, Origin
from graph.types._history import VERSIONS_USUAL, ReadingVersion
from graph.types._history import history as versions
from graph.types.verdict import NOUN as VERDICT
from graph.types.verdict import Verdict

LATEST_POINTS_MAX = 1_000  # the whole record of each is looked through; a screen shows fewer
MONTHS_OF_A_YEAR = 12
VERDICTS_USUAL = 1  # of a reading, told to the guard: most have none, a bad one has one or two

Place = tuple[Any, ...]  # unit_id and point_id, as the readings store keeps them


_JUDGED = ("batch", "unit_id", "point_id", "granularity", "start")  # what a verdict and its reading share


async def _verdicts(readings: Sequence[Reading], info: Info) -> list[list[Verdict]] | Parted[Verdict]:
    """Verdicts of the suspect ones; the others have none, so they are not asked for.

    A verdict stands with the value it was given on, so the batch is part of its key; a value derived from finer
    ones has none of its own.
    """
    keys: list[Place | None] = [
        key if suspect and origin is not Origin.DERIVED else None
        for key, (suspect, origin) in zip(
            keys_of(readings, *_JUDGED), keys_of(readings, "suspect", "origin"), strict=True
        )
    ]
    suspect = [key for key in keys if key is not None]
    if not suspect:
        return [[] for _ in readings]
    batches, units, points, _, starts = (sorted(set(each)) for each in zip(*suspect, strict=True))
    where = [
        Condition("batch", tuple(batches), Compare.IN),
        Condition("unit_id", tuple(units), Compare.IN),
        Condition("point_id", tuple(points), Compare.IN),
        Condition("start", starts[0], Compare.GE),
        Condition("start", starts[-1] + MICROSECOND, Compare.LT),
    ]
    found = Rows((await VERDICT.page(info, where)).table, Verdict)
    return Parted.by(found, _JUDGED, keys)


@strawberry.type(description="What a data point used in one period, in the variety's native unit.")
class Reading:
    """A row of graph.ports.FigureSource.readings."""

    unit_id: strawberry.Private[int]
    point_id: strawberry.Private[int]
    granularity: Granularity = strawberry.field(description="How long its period is.")
    start: dt.datetime = strawberry.field(description="Start of its period, which is its label (时间标签).")
    end: dt.datetime = strawberry.field(description="End of its period, not included.")
    value: Decimal = strawberry.field(description="What was used (能耗量): t, m3, kWh or GJ by the variety.")
    origin: Origin = strawberry.field(description="How the value came about (采集方式).")
    batch: int = strawberry.field(description="Number of the batch that brought it (批次).")
    suspect: bool = strawberry.field(
        description="Whether a rule found something in it, or in a finer reading it is derived from (存疑)."
    )
    verdicts: Sequence[Verdict] = batched(
        _verdicts,
        "What rules found (质量判定); for a derived value see the finer readings it is made of.",
        metadata={ROWS: VERDICTS_USUAL},
    )
    history: Sequence[ReadingVersion] = batched(
        versions,
        "Everything ever said of its period at its granularity, by version (历史版本); of a derived value nothing may "
        "have been, see the finer readings it is made of.",
        metadata={ROWS: VERSIONS_USUAL},
    )


async def latest_of(info: Info, places: Sequence[Place], said: AsOf) -> Picked[Reading]:
    """The last value said of each place; one question for all of them. Raises TooLarge past LATEST_POINTS_MAX."""
    wanted = sorted(set(places))
    if len(wanted) > LATEST_POINTS_MAX:
        raise TooLarge(f"the last values of at most {LATEST_POINTS_MAX} points, came {len(wanted)}")
    table = _with_their_ends(await ask(info, info.context.sources.figures.latest, wanted, said))
    found = Rows(table, Reading)
    last = {point: place for place, point in enumerate(keys_of(found, "unit_id", "point_id"))}
    return Picked(found, pa.array(map(last.get, places), pa.int64()))


def _with_their_ends(table: pa.Table) -> pa.Table:
    """The table with the end of each row's own period; few rows."""
    starts = table.column("start").cast(pa.timestamp("us", tz="UTC"))
    kinds = [Granularity(word) for word in table.column("granularity").to_pylist()]
    ends = [slot_at(start, kind).end for start, kind in zip(starts.to_pylist(), kinds, strict=True)]
    return table.append_column("end", pa.array(ends, starts.type))


async def readings_of(
    info: Info,
    places: Sequence[Place],
    granularity: Granularity,
    period: Period,
    said: AsOf,
    first: int | None,
) -> Parted[Reading]:
    """The readings of each place in a period, by start; one question for all of them.

    Without `first` a point with more than ROWS_PER_PAGE_MAX is an error, so that nothing is left out unsaid.
    """
    if first is not None and not 0 < first <= ROWS_PER_PAGE_MAX:
        raise InvalidInput(f"came {first}, expected 1 to {ROWS_PER_PAGE_MAX}", "first")
    wanted = ReadingAsk(sorted(set(places)), period, granularity, said, first or ROWS_PER_PAGE_MAX + 1)
    most = min(wanted.first or 0, _slots(period, granularity))
    asked = (tuple(places), granularity, period, said, first)
    spend(info, most * len(places), "readings", "period", asked)  # a point asked twice is said twice
    table = await ask(info, info.context.sources.figures.readings, wanted)
    found = Rows(_with_ends(table, granularity), Reading)
    if len(places) == 1:  # the source was asked for no other
        parted = Parted(found, bounds_of([len(found)]))
    else:
        parted = Parted.by(found, ("unit_id", "point_id"), places)
    if first is None and max(parted.lengths, default=0) > ROWS_PER_PAGE_MAX:
        raise TooLarge(
            f"more than {ROWS_PER_PAGE_MAX} readings of a point; give first or fewer days", "period"
        )
    return parted


async def missing_of(
    info: Info, places: Sequence[Place], granularity: Granularity, period: Period, said: AsOf
) -> list[list[dt.datetime]]:
    """Starts of each place's slots in a period that were over then and of which nothing was said; one question.

    Years are not made of months by the store, so that those without a word of their own are asked for by month too.
    """
    wanted = ReadingAsk(sorted(set(places)), period, granularity, said, gaps=True)
    asked = (tuple(places), granularity, period, said)
    spend(info, _slots(period, granularity) * len(places), "slots", "period", asked)
    running = slot_at(await moment_of(info, said), granularity)
    empty = [slot for slot in await _empty(info, wanted) if slot[1] < running.start]
    if granularity is Granularity.YEAR and empty:
        months = replace(wanted, period=widened(period, granularity), granularity=Granularity.MONTH)
        unsaid = Counter(
            (place, slot_at(start, granularity).start) for place, start in await _empty(info, months)
        )
        empty = [slot for slot in empty if unsaid[slot] == MONTHS_OF_A_YEAR]
    groups: dict[Place, list[dt.datetime]] = {place: [] for place in wanted.points}
    for place, start in empty:
        groups[place].append(start)
    return [groups[place] for place in places]


async def _empty(info: Info, wanted: ReadingAsk) -> list[tuple[Place, dt.datetime]]:
    """The slots without a value, by place and start."""
    table = await ask(info, info.context.sources.figures.readings, wanted)
    empty = table.filter(pc.is_null(table.column("value")))
    starts = empty.column("start").cast(pa.timestamp("us", tz="UTC")).to_pylist()
    units, points = (empty.column(name).to_pylist() for name in ("unit_id", "point_id"))
    return list(zip(zip(units, points, strict=True), starts, strict=True))


def _slots(period: Period, granularity: Granularity) -> int:
    """The most periods of a granularity that begin in a period."""
    minutes = granularity.minutes or 28 * 1440
    return int((period.end - period.start) / dt.timedelta(minutes=minutes)) + 1


def _with_ends(table: pa.Table, granularity: Granularity) -> pa.Table:
    """The table with the columns that follow from the granularity."""
    starts = table.column("start").cast(pa.timestamp("us", tz="UTC"))
    if granularity.minutes is not None:
        ends = pc.add(starts, pa.scalar(dt.timedelta(minutes=granularity.minutes), pa.duration("us")))
    else:
        ends = pa.chunked_array([[slot_at(s, granularity).end for s in starts.to_pylist()]], starts.type)
    names = pa.repeat(pa.scalar(granularity.value), table.num_rows)
    return table.append_column("end", ends).append_column("granularity", names)


@strawberry.type(description="Root fields of readings.")
class ReadingQuery:
    """One reading by its natural key; more are below their data point."""

    @strawberry.field(
        description="The reading of a data point that starts at a moment; null when there is none."
    )
    async def reading(
        self,
        info: Info,
        unit: Annotated[str, strawberry.argument(description="Credit code of the unit.")],
        code: Annotated[
            str, strawberry.argument(description="Data code (数据编码), with or without hyphens.")
        ],
        granularity: Annotated[Granularity, strawberry.argument(description="How long its period is.")],
        start: Annotated[dt.datetime, strawberry.argument(description="Start of its period.")],
        said: AsOfArgument = None,
    ) -> Reading | None:
        from graph.types.data_point import NOUN as DATA_POINT  # points hold readings: one of the two waits

        then = await as_of(info, said)
        point = await DATA_POINT.one(info, credit_code(unit), data_code(code))
        if point is None:
            return None
        period = slot_at(start, granularity)
        if period.start != start:
            return None
        place = (point.unit_id, point.point_id)
        found = await readings_of(info, [place], granularity, period, then, 1)
        return found[0][0] if found[0] else None


QUERY = ReadingQuery
