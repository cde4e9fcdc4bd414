"""A value of more than fourteen digits before the point is refused, never cut; so is one that rounds up to fifteen."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.reading import VALUE_MAX
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "value-too-large", Outcome.REJECT, "数值超出可存范围", "the value does not fit", "ours: DECIMAL(18,4)"
    ),
    finds=lambda rows, _: pc.and_(pc.is_valid(rows["amount"]), pc.is_null(rows["value"])),
    explains=lambda rows, _: sentence(
        "value ", rows["said"], f" is beyond ±{VALUE_MAX}, more than 14 digits before the point"
    ),
)
