"""A data code the unit has no point for, or only a proposed or retired one, is refused until the province maps it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    resolvable = pc.and_(rows["known_unit"], pc.is_null(rows["code_fault"]))
    active = pc.fill_null(pc.equal(rows["state"], "active"), fill_value=False)
    return pc.and_(resolvable, pc.invert(active))


RULE = Rule(
    RuleText(
        "unknown-code",
        Outcome.REJECT,
        "数据编码未登记",
        "the unit has no active point of this code",
        "NHJC-04 config upload",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "unit ",
        rows["unit"],
        " has no active point ",
        rows["data_code"],
        ": ",
        pc.fill_null(rows["state"], "not registered"),
    ),
)
