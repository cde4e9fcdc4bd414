"""A unit whose source flags every value as invalid is told, once a batch, that the flag may mean the opposite."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence
from national_sync.series import mask_of, nothing, outer_rows, units_of_rows

VALUES_MIN = 8  # of a unit, to tell it by: a device that is broken sends fewer, or flags some


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    if rows["valid"].null_count == rows.num_rows:
        return nothing(rows)
    invalid = pc.invert(pc.fill_null(rows["valid"], fill_value=True)).to_numpy()
    units = units_of_rows(rows)
    places, many = np.maximum(units, 0), int(units.max(initial=0)) + 1
    of_all, flagged = np.bincount(places, minlength=many), np.bincount(places, invalid, many)
    found = (units >= 0) & (of_all >= VALUES_MIN)[places] & (of_all == flagged)[places]
    return mask_of(outer_rows(rows, units, found))


RULE = Rule(
    RuleText(
        "polarity",
        Outcome.SUSPECT,
        "有效标志疑似相反",
        "every value is flagged as invalid",
        "ours, assumed; field failure 9",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "all values of unit ",
        rows["unit"],
        " in this batch are flagged as invalid: its link may declare the opposite of what the flag means (valid_means)",
    ),
    judges_together=True,
)
