"""A value that is not a number, or no value at all, is refused; nothing is read as zero."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Rule, sentence

RULE = Rule(
    RuleText(
        "not-a-number",
        Outcome.REJECT,
        "数值无法识别",
        "the value is not a number",
        "NHJC-04: dataValue is text",
    ),
    finds=lambda rows, _: pc.is_null(rows["amount"]),
    explains=lambda rows, _: sentence(
        "value ", pc.utf8_slice_codeunits(rows["said"].cast(pa.string()), 0, 32), ", expected a number"
    ),
)
