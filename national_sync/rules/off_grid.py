"""A label that is not the start of a period of its granularity, in Beijing time, is refused.

Quarter-hours start at :00, :15, :30 and :45, hours at :00, days at midnight, months on the 1st, years on 1 January.
Two readings of one slot under different labels would otherwise both count.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING, Granularity
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, beijing, sentence

_FLOORS = {
    Granularity.QUARTER_HOUR: (15, "minute"),
    Granularity.HOUR: (1, "hour"),
    Granularity.DAY: (1, "day"),
    Granularity.MONTH: (1, "month"),
    Granularity.YEAR: (1, "year"),
}
_OFFSET = BEIJING.utcoffset(None)
_UPLOAD_US = 10 * 60_000_000  # between a label and the moment it was written: a device takes minutes to send
_SHORT = pa.array([Granularity.QUARTER_HOUR.value, Granularity.HOUR.value])


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    local = pc.add(rows["start"].cast(pa.timestamp("us")), pa.scalar(_OFFSET, pa.duration("us")))
    found = pa.chunked_array([pa.repeat(pa.scalar(value=False), rows.num_rows)])
    for granularity, (step, unit) in _FLOORS.items():
        mine = pc.equal(rows["granularity"], granularity.value)
        off = pc.not_equal(local, pc.floor_temporal(local, step, unit))
        found = pc.or_(found, pc.and_(mine, off))
    return found


def _explains(rows: pa.Table, _: Circumstances) -> pa.StringArray:
    """What a label looks like tells what its link has to declare."""
    start, version = (rows[name].cast(pa.int64()) for name in ("start", "version"))
    age = pc.abs(pc.subtract(version, start))
    is_upload = pc.fill_null(pc.less_equal(age, _UPLOAD_US), fill_value=False)
    local = pc.add(rows["start"].cast(pa.timestamp("us")), pa.scalar(_OFFSET, pa.duration("us")))
    is_long = pc.fill_null(pc.invert(pc.is_in(rows["granularity"], _SHORT)), fill_value=False)
    on_minute = pc.fill_null(pc.equal(local, pc.floor_temporal(local, 1, "minute")), fill_value=False)
    other_day = pc.if_else(pc.and_(is_long, on_minute), _sentence_of_day(local), "")
    hint = pc.if_else(is_upload, "; it looks like the moment of upload (labels = upload_moment)", other_day)
    return sentence(beijing(rows["start"]), " is not the start of a ", rows["granularity"], hint)


def _sentence_of_day(local: pa.ChunkedArray) -> pa.StringArray:
    clock = pc.strftime(local.cast(pa.timestamp("s"), safe=False), "%H:%M")
    return sentence("; it looks like a day that begins at ", clock, " (day_begins)")


RULE = Rule(
    RuleText(
        "off-grid",
        Outcome.REJECT,
        "时间标签不在整点格",
        "the label is not the start of a period",
        "NHJC-04: label at start; field failures 2, 3",
    ),
    finds=_finds,
    explains=_explains,
)
