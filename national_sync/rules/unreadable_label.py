"""A time label that could not be read is refused."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "unreadable-label",
        Outcome.REJECT,
        "时间标签无法识别",
        "the time label cannot be read",
        "NHJC-04: statDate",
    ),
    finds=lambda rows, _: pc.is_null(rows["start"]),
    explains=lambda rows, _: sentence("time label ", pc.utf8_slice_codeunits(rows["label"], 0, 32)),
)
