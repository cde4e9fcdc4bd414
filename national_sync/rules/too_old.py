"""A period before 1970 is refused: no such system measured then, and the store counts its days from there."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import midnight
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, beijing, sentence

FIRST_DAY = dt.date(1970, 1, 1)


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    return pc.less(rows["start"], pa.scalar(midnight(FIRST_DAY), rows["start"].type))


RULE = Rule(
    RuleText(
        "too-old",
        Outcome.REJECT,
        "时间过早",
        "the period lies before 1970",
        "ours: clocks that were never set",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "period begins ", beijing(rows["start"]), f", expected {FIRST_DAY} or later"
    ),
)
