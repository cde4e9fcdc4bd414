"""A granularity or origin that is no word of ours is refused, never guessed."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "unknown-word",
        Outcome.REJECT,
        "统计类型或采集方式未知",
        "granularity or origin is unknown",
        "NHJC-04 enums",
    ),
    finds=lambda rows, _: pc.or_(pc.is_null(rows["granularity_number"]), pc.is_null(rows["origin_number"])),
    explains=lambda rows, _: sentence("granularity ", rows["granularity"], ", origin ", rows["origin"]),
)
