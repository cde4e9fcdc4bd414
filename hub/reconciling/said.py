"""What a source that tells no digests says, read as an ordinary run of its link would read it, and digested here."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import TooLarge
from graph.model.period import BEIJING, MICROSECOND, UTC, Granularity, Period
from graph.model.reading import EXCHANGED, INSTANT, granularity_names, numbered, origin_names
from graph.ports import Delivery, Handed, NounDelivery
from hub.running import beside
from hub.stores.readings.digesting import summed_by
from hub.stores.readings.lanes import integers, lanes, scaled
from hub.wiring import Hub
from national_sync.intake import Examined
from national_sync.letting_go import letting_go

READINGS_MAX = 5_000_000  # of what is compared at once, some 500 MB: a day of a large province
_KEY = ["unit", "data_code", "granularity", "start"]
DAY_KEY = ["unit", "granularity", "day"]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET_US = BEIJING.utcoffset(None) // MICROSECOND
_DAY_US = 86_400_000_000
EMPTY = EXCHANGED.empty_table()
_UNVERSIONED = 2**62  # later than any version: without one arrival decides


async def said_of(
    hub: Hub, coming: AsyncIterator[Delivery | NounDelivery | Handed], period: Period, place: str
) -> tuple[pa.Table, int]:
    """All readings (EXCHANGED) that a source says in a period, each once, as this hub would book them; and bytes read.

    Raises TooLarge, and what the source raises.
    """
    parts: list[pa.Table] = []
    rows = bytes_read = 0
    async with letting_go(coming) as deliveries:
        async for delivery in deliveries:
            if not isinstance(delivery, Delivery):
                continue
            parts.append(await judged(hub, delivery, period, len(parts)))
            rows, bytes_read = rows + parts[-1].num_rows, bytes_read + delivery.bytes_read
            if rows > READINGS_MAX:
                raise TooLarge(f"more than {READINGS_MAX} readings to be compared at once", place)
    return await beside(hub, partial(once_each, parts)), bytes_read


async def judged(hub: Hub, delivery: Delivery, period: Period, number: int = 0) -> pa.Table:
    """A delivery's readings that this hub would book, those of a period; a later `number` outdoes one without a version."""

    def read() -> pa.Table:
        return _within(_named(hub.intake.examine(delivery)), period, number)

    return await beside(hub, read)


def once_each(parts: Sequence[pa.Table]) -> pa.Table:
    """What holds of several deliveries' readings, as EXCHANGED: of each key the newest version, then what came last."""
    if not parts:
        return EMPTY
    order = [(name, "ascending") for name in (*_KEY, "rank", "value", "origin")]
    table = pa.concat_tables(parts).sort_by(order)
    places = table.select(_KEY).append_column("place", pa.array(np.arange(table.num_rows)))
    last = places.group_by(_KEY, use_threads=False).aggregate([("place", "max")])
    found = table.take(last["place_max"])
    columns = {
        **{name: found[name] for name in ("unit", "data_code", "value")},
        "granularity": granularity_names(found["granularity"]),
        "origin": origin_names(found["origin"]),
        **{name: found[name].cast(pa.timestamp("us")).cast(INSTANT) for name in ("start", "version")},
    }
    kinds = [columns[field.name].cast(field.type) for field in EXCHANGED]
    return pa.table(kinds, schema=EXCHANGED)


def digested(readings: pa.Table) -> pa.Table:
    """Readings (EXCHANGED) by unit, granularity and day, as a store tells digests of that level."""
    start = integers(readings["start"].cast(pa.int64()))
    numbers = integers(numbered(readings["granularity"], Granularity)).astype(np.int64)
    codes = integers(readings["data_code"].cast(pa.uint64()), np.uint64)
    value = scaled(readings["value"])
    both = lanes(codes, start.view(np.uint64), numbers.view(np.uint64), value.view(np.uint64))
    table = readings.select(["unit", "granularity"]).append_column("day", pa.array(days_of(start)))
    table = table.append_column("total", readings["value"].cast(pa.decimal128(38, 4)))
    for name, lane in zip(("lane_a", "lane_b"), both, strict=True):
        table = table.append_column(name, pa.array(lane))
    return summed_by(table, DAY_KEY)


def unit_days(readings: pa.Table) -> pa.Table:
    """The unit, granularity and day of readings (EXCHANGED), each once."""
    days = pa.array(days_of(integers(readings["start"].cast(pa.int64()))))
    table = readings.select(["unit", "granularity"]).append_column("day", days)
    return table.group_by(DAY_KEY, use_threads=False).aggregate([])


def within(readings: pa.Table, units: Sequence[str], period: Period) -> pa.Table:
    """The readings (EXCHANGED) of some units that begin in a period."""
    low, high = (pa.scalar(moment, INSTANT) for moment in (period.start, period.end))
    inside = pc.and_(pc.greater_equal(readings["start"], low), pc.less(readings["start"], high))
    return readings.filter(
        pc.and_(inside, pc.is_in(readings["unit"], value_set=pa.array(units, pa.string())))
    )


def days_of(start_us: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    """The Beijing day each moment lies on."""
    return ((start_us + _OFFSET_US) // _DAY_US).astype("datetime64[D]")


def _named(found: Examined) -> pa.Table:
    """What would be booked, with its unit and data code in words; granularity and origin are numbers still."""
    names = pa.table({
        "unit_id": found.points["unit_id"], "point_id": found.points["point_id"],
        "unit": found.points["unit"].cast(pa.string()), "data_code": found.points["data_code"].cast(pa.string()),
    })  # fmt: skip
    return found.table.join(names, ["unit_id", "point_id"])


def _within(rows: pa.Table, period: Period, number: int) -> pa.Table:
    start = rows["start"].cast(pa.int64())
    low, high = ((moment - _EPOCH) // MICROSECOND for moment in (period.start, period.end))
    inside = pc.and_(pc.greater_equal(start, low), pc.less(start, high))
    rows = rows.set_column(rows.schema.get_field_index("start"), "start", start).filter(inside)
    rank = pc.coalesce(rows["version"], pa.scalar(_UNVERSIONED + number, pa.int64()))
    return rows.select([*_KEY, "value", "version", "origin"]).append_column("rank", rank)
