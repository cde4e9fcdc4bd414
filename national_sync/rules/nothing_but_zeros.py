"""A unit of which a batch says nothing but zeros is marked, once: a report that is in time and empty looks like this."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence
from national_sync.series import mask_of, nothing, outer_rows, units_of_rows

VALUES_MIN = 8  # of a unit, to tell it by: a single zero is a value


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    zero = pc.fill_null(pc.equal(rows["value"], pa.scalar(0, rows["value"].type)), fill_value=False)
    if not pc.any(zero).as_py():
        return nothing(rows)
    units = units_of_rows(rows)
    places, many = np.maximum(units, 0), int(units.max(initial=0)) + 1
    of_all, zeros = np.bincount(places, minlength=many), np.bincount(places, zero.to_numpy(), many)
    found = (units >= 0) & (of_all >= VALUES_MIN)[places] & (of_all == zeros)[places]
    return mask_of(outer_rows(rows, units, found))


RULE = Rule(
    RuleText(
        "nothing-but-zeros",
        Outcome.SUSPECT,
        "全部为零",
        "every value of the unit is zero",
        "ours, assumed; field failure 21",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "all values of unit ",
        rows["unit"],
        " in this batch are zero: it stands still, or its report is empty",
    ),
    judges_together=True,
)
