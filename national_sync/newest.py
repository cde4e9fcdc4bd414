"""How new what came is: the end of the newest period that was over, from which a run's lag is counted (时延)."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import Granularity, slot_at


def newest_of(table: pa.Table, now: dt.datetime) -> dt.datetime | None:
    """The end of the newest period of arrived rows that was over; None where no row has one.

    A period that is not over tells of a wrong clock or label, and is refused elsewhere.
    """
    words = pc.unique(table["granularity"]).to_pylist()
    ends = (_newest(table, each, now) for each in Granularity if each.value in words)
    return max((end for end in ends if end is not None), default=None)


def _newest(table: pa.Table, granularity: Granularity, now: dt.datetime) -> dt.datetime | None:
    running = pa.scalar(slot_at(now, granularity).start, table["start"].type)
    is_over = pc.and_(pc.equal(table["granularity"], granularity.value), pc.less(table["start"], running))
    latest = pc.max(table["start"].filter(pc.fill_null(is_over, fill_value=False))).as_py()
    return None if latest is None else slot_at(latest, granularity).end
