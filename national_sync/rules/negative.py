"""A negative use is stored and marked: a meter replaced without its readings looks like this."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText("negative", Outcome.SUSPECT, "负值", "use is below zero", "ours, field failure 15"),
    finds=lambda rows, _: pc.less(rows["value"], pa.scalar(0, rows["value"].type)),
    explains=lambda rows, _: sentence(
        "value ",
        rows["value"],
        " is below zero, as where a meter was replaced or set back without its readings: have the replacement recorded",
    ),
)
