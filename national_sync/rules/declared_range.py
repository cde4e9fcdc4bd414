"""A value outside the range its point declares is stored and marked.

The range is that of a value as the point is due: of a quarter-hour's point the days beside them have none.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence

# What a value outside must be multiplied by to lie inside, and what that may be (field failure 19).
_FACTORS = {
    0.001: "a thousandth of it lies inside: its unit may be wrong, as kWh for MWh",
    0.0001: "a ten-thousandth of it lies inside: its unit may be wrong, as m³ for 万m³",
    1000.0: "a thousand times it lies inside: its unit may be wrong, as MWh for kWh",
    10000.0: "ten thousand times it lies inside: its unit may be wrong, as 万m³ for m³",
}


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    below = pc.fill_null(pc.less(rows["value"], rows["low"]), fill_value=False)
    above = pc.fill_null(pc.greater(rows["value"], rows["high"]), fill_value=False)
    is_due = pc.equal(rows["granularity"].cast(pa.string()), rows["due"].cast(pa.string()))
    return pc.and_(pc.or_(below, above), pc.fill_null(is_due, fill_value=False))


def _explains(rows: pa.Table, _: Circumstances) -> pa.StringArray:
    """Values that fit once divided or multiplied by a thousand or ten thousand tell what may be wrong."""
    value, low, high = (pc.cast(rows[name], pa.float64()) for name in ("value", "low", "high"))
    hint = pa.chunked_array([pa.repeat(pa.scalar(""), rows.num_rows)])
    for factor, words in _FACTORS.items():
        scaled = pc.multiply(value, factor)
        fits = pc.and_(_at_least(scaled, low), _at_least(high, scaled))
        known = pc.and_(pc.is_valid(high), pc.greater(pc.abs(scaled), 0.0))
        likely = pc.and_(pc.and_(fits, known), pc.equal(hint, ""))
        hint = pc.if_else(pc.fill_null(likely, fill_value=False), f"; {words}", hint)
    return sentence("value ", rows["value"], " outside ", rows["low"], " to ", rows["high"], hint)


def _at_least(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.greater_equal(one, other), fill_value=True)


RULE = Rule(
    RuleText(
        "declared-range",
        Outcome.SUSPECT,
        "超出申报范围",
        "outside the declared range",
        "NHJC-04: dataValueMin, dataValueMax; field failure 19",
    ),
    finds=_finds,
    explains=_explains,
)
