"""A data code the unit has no point for, or only a proposed one, is refused until the province maps it.

A retired point takes what was measured before it ended: a buffer may come late, and a hub that pulls comes later still.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence

_OFFSET = BEIJING.utcoffset(None)


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    resolvable = pc.and_(rows["known_unit"], pc.is_null(rows["code_fault"]))
    local = pc.add(rows["start"].cast(pa.timestamp("us")), pa.scalar(_OFFSET, pa.duration("us")))
    before_its_end = pc.less(local, rows["until"].cast(pa.timestamp("us")))
    retired = pc.and_(pc.equal(rows["state"], "retired"), before_its_end)
    open_point = pc.or_kleene(pc.equal(rows["state"], "active"), retired)
    return pc.and_(resolvable, pc.invert(pc.fill_null(open_point, fill_value=False)))


RULE = Rule(
    RuleText(
        "unknown-code",
        Outcome.REJECT,
        "数据编码未登记",
        "the unit has no point of this code that takes it",
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
    may_be_mended=True,
)
