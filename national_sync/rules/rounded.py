"""A value finer than four decimals is rounded half to even, and says so."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    return pc.not_equal(rows["amount"], rows["value"].cast(rows["amount"].type))


RULE = Rule(
    RuleText(
        "rounded",
        Outcome.SUSPECT,
        "数值已舍入",
        "the value was finer than the scale",
        "ours: half to even at 4 decimals",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence("came as ", rows["said"], ", kept as ", rows["value"]),
)
