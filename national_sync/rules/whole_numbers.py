"""A point whose values were all cut to small whole numbers, while its sender writes decimals, is marked, once a batch.

Watt-hours divided by 1000 in integers lose what is below a kilowatt-hour: of small values that is more than any meter errs.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence
from national_sync.series import counted, is_short, mask_of, nothing, outer_rows, series_of, units_of_rows

VALUES_MIN = 8  # of a point, to tell it by: eight whole ones in a row are no chance
_ZEROS = r"\.0{1,3}$"  # decimals as a source writes them; four are the store's own
BELOW = 100  # what is cut off a value below it is more than a meter of class 0.5 errs


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    value = pc.fill_null(rows["value"].cast(pa.float64()), np.nan).to_numpy()
    mine = is_short(rows) & ~np.isnan(value)
    fraction = mine & (value != np.floor(value))
    candidate = mine & ~fraction & (value >= 0) & (value < BELOW)
    if int(candidate.sum()) < VALUES_MIN:
        return nothing(rows)
    series, many = counted(np.where(mine, series_of(rows), -1))
    of_all = np.bincount(series, mine, many)
    small = (of_all >= VALUES_MIN) & (np.bincount(series, candidate, many) == of_all)
    looked_at = mine & small[series]
    if not looked_at.any():
        return nothing(rows)
    high, low = np.full(many, -np.inf), np.full(many, np.inf)
    np.maximum.at(high, series[looked_at], value[looked_at])
    np.minimum.at(low, series[looked_at], value[looked_at])
    small &= high > low
    units = units_of_rows(rows)
    breaks = np.bincount(np.maximum(units, 0), fraction & (units >= 0), int(units.max(initial=0)) + 1) > 0
    said = rows["said"].cast(pa.string())
    decimals = pc.fill_null(pc.match_substring_regex(said, _ZEROS), fill_value=False).to_numpy()
    all_decimals = np.bincount(series, mine & decimals, many) == of_all
    found = looked_at & small[series] & (breaks[np.maximum(units, 0)] | all_decimals[series])
    return mask_of(outer_rows(rows, series, found))


RULE = Rule(
    RuleText(
        "whole-numbers",
        Outcome.SUSPECT,
        "疑似取整",
        "all values of the point were cut to whole numbers",
        "ours, assumed; field failure 6",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "came as ",
        rows["said"],
        f", and all values of its point in this batch are whole and below {BELOW} though its sender writes decimals:"
        " they may have been cut, as by dividing Wh by 1000 in integers",
    ),
    judges_together=True,
)
