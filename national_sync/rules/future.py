"""A period that has not begun yet is refused: nobody measured it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, beijing, sentence


def _finds(rows: pa.Table, known: Circumstances) -> pa.ChunkedArray:
    return pc.greater(rows["start"], pa.scalar(known.now + known.future_tolerance, rows["start"].type))


RULE = Rule(
    RuleText(
        "future",
        Outcome.REJECT,
        "时间在未来",
        "the period has not begun",
        "ours, field failure 7: 12-hour stamps",
    ),
    finds=_finds,
    explains=lambda rows, known: sentence(
        "period begins ",
        beijing(rows["start"]),
        f", received {known.now.astimezone(BEIJING).isoformat(timespec='seconds')}",
    ),
)
