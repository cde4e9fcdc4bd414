"""A label that is not the start of a period of its granularity, in Beijing time, is refused.

Quarter-hours start at :00, :15, :30 and :45, hours at :00, days at midnight, months on the 1st, years on 1 January.
Two readings of one slot under different labels would otherwise both count.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING, Granularity
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence

_FLOORS = {
    Granularity.QUARTER_HOUR: (15, "minute"),
    Granularity.HOUR: (1, "hour"),
    Granularity.DAY: (1, "day"),
    Granularity.MONTH: (1, "month"),
    Granularity.YEAR: (1, "year"),
}
_OFFSET = BEIJING.utcoffset(None)


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    local = pc.add(rows["start"].cast(pa.timestamp("us")), pa.scalar(_OFFSET, pa.duration("us")))
    found = pa.chunked_array([pa.repeat(pa.scalar(value=False), rows.num_rows)])
    for granularity, (step, unit) in _FLOORS.items():
        mine = pc.equal(rows["granularity"], granularity.value)
        off = pc.not_equal(local, pc.floor_temporal(local, step, unit))
        found = pc.or_(found, pc.and_(mine, off))
    return found


RULE = Rule(
    RuleText(
        "off-grid",
        Outcome.REJECT,
        "时间标签不在整点格",
        "the label is not the start of a period",
        "NHJC-04: label at start; field failures 2, 3",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        pc.strftime(rows["start"].cast(pa.timestamp("s", tz="UTC"), safe=False), "%Y-%m-%dT%H:%M:%SZ"),
        " is not the start of a ",
        rows["granularity"],
    ),
)
