"""A day that says something else than its own periods sum up to is marked: one may lack a transformer's ratio.

Judged is a day whose quarter-hours, or hours, came whole in the same batch, of what adds up (classes 01 to 04), and whose
own label was not moved: a day that begins at another hour than its label says has other periods.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.data_code import DataClass
from graph.model.period import BEIJING, MICROSECOND, Granularity
from graph.model.reading import VALUE_SCALE
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence
from national_sync.series import LENGTHS_US, SHORT, counted, is_short, mask_of, nothing, points_of
from national_sync.words import Numbers

APART_MAX = 0.05  # of the larger: what a province allows between days and their month (read); of a day and its hours assumed
ROUNDED_MAX = (
    0.5 / 10**VALUE_SCALE
)  # what rounding to the store's digits may take from a period, or from the day
DAY_US = 24 * 60 * 60_000_000
OFFSET_US = BEIJING.utcoffset(None) // MICROSECOND
_CLASSES = pa.array([f"{each:02d}" for each in DataClass if each.adds_up], pa.string())


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    grain = pc.fill_null(rows["granularity_number"], 0).to_numpy()
    days = grain == Granularity.DAY.number
    if not days.any() or not is_short(rows).any():
        return nothing(rows)
    sound = rows["start"].is_valid().to_numpy() & rows["value"].is_valid().to_numpy() & _adds_up(rows)
    whole = days & sound & rows["relabelled"].is_null().to_numpy()
    local = pc.fill_null(rows["start"].cast(pa.int64()), 0).to_numpy() + OFFSET_US
    value = pc.fill_null(rows["value"].cast(pa.float64()), 0.0).to_numpy()
    of_point, points = counted(points_of(rows))
    group, many = counted((local // DAY_US) * points + of_point)
    found = np.zeros(rows.num_rows, bool)
    for each in SHORT:
        mine = np.flatnonzero(sound & (grain == each.number))
        slots = DAY_US // int(LENGTHS_US[each.number])
        sums = _whole_sums(group[mine], local[mine], value[mine], many, slots)[group]
        most = APART_MAX * np.maximum(np.abs(sums), np.abs(value)) + ROUNDED_MAX * (slots + 1)
        found |= whole & (np.abs(sums - value) > most)  # of what is not whole the sum is not a number
    return mask_of(found)


def _adds_up(rows: pa.Table) -> Numbers:
    codes = pc.utf8_slice_codeunits(rows["data_code"].cast(pa.string()), 8, 10)
    found: Numbers = pc.is_in(codes, value_set=_CLASSES).to_numpy()
    return found


def _whole_sums(group: Numbers, local: Numbers, value: Numbers, many: int, slots: int) -> Numbers:
    """Sum of each group's periods, each taken once and its smallest value; not a number where some are missing."""
    order = np.lexsort((value, local, group))
    is_first = (np.diff(group[order], prepend=-1) != 0) | (np.diff(local[order], prepend=-1) != 0)
    first = order[is_first]
    counts = np.bincount(group[first], minlength=many)
    sums = np.bincount(group[first], value[first], many)
    found: Numbers = np.where(counts == slots, sums, np.nan)
    return found


RULE = Rule(
    RuleText(
        "sum-differs",
        Outcome.SUSPECT,
        "日值与时段之和不符",
        "the day is not what its periods sum up to",
        "ours, assumed; field failure 19",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "the day came as ",
        rows["said"],
        f", and its periods in this batch sum up to something more than {APART_MAX:.0%} from it: one may be in another unit,"
        " or without a transformer's ratio",
    ),
    judges_together=True,
)
