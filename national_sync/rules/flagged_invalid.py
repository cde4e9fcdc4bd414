"""A value its own source flags as invalid is stored and marked; the flag's polarity is the link's setting."""

from __future__ import annotations

import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "flagged-invalid",
        Outcome.SUSPECT,
        "来源标记无效",
        "its source says it is invalid",
        "NHJC-04: valid; field failure 9",
    ),
    finds=lambda rows, _: pc.invert(pc.fill_null(rows["valid"], fill_value=True)),
    explains=lambda rows, _: sentence("the source flags ", rows["said"], " as invalid"),
)
