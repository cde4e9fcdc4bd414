"""A value outside the range its point declares is stored and marked."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    below = pc.fill_null(pc.less(rows["value"], rows["low"]), fill_value=False)
    above = pc.fill_null(pc.greater(rows["value"], rows["high"]), fill_value=False)
    return pc.or_(below, above)


RULE = Rule(
    RuleText(
        "declared-range",
        Outcome.SUSPECT,
        "超出申报范围",
        "outside the declared range",
        "NHJC-04: dataValueMin, dataValueMax",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "value ", rows["value"], " outside ", rows["low"], " to ", rows["high"]
    ),
)
