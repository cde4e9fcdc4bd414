"""A credit code whose form or check character is wrong is refused."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "malformed-credit-code",
        Outcome.REJECT,
        "统一社会信用代码错误",
        "the credit code is malformed",
        "GB 32100-2015, read",
    ),
    finds=lambda rows, _: pc.is_valid(rows["unit_fault"]),
    explains=lambda rows, _: sentence("credit code ", rows["unit"], ": ", rows["unit_fault"]),
)
