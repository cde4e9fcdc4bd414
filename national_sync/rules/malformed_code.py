"""A data code whose form is wrong is refused, with the faulty segment."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "malformed-data-code",
        Outcome.REJECT,
        "数据编码错误",
        "the data code is malformed",
        "NHJC-02, read from clients",
    ),
    finds=lambda rows, _: pc.is_valid(rows["code_fault"]),
    explains=lambda rows, _: sentence("data code ", rows["data_code"], ": ", rows["code_fault"]),
)
