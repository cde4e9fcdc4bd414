"""A unit nobody has put on the roster is refused; so is one outside the sender's reach, in the same words."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "unknown-unit",
        Outcome.REJECT,
        "单位不在名单",
        "the unit is not on the roster",
        "424号 part 2: 重点用能单位名单",
    ),
    finds=lambda rows, _: pc.and_(pc.is_null(rows["unit_fault"]), pc.invert(rows["known_unit"])),
    explains=lambda rows, known: sentence("no unit ", rows["unit"], f" on the roster of {known.reach}"),
)
