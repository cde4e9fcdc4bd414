"""A zero that stands for a missing value is stored and marked: a load does not vanish for minutes and come back whole.

Found are zeros of at most an hour between values that neither fell before nor rose after, of points that are seldom zero. A
plant that is switched off shows a fall or stays off longer, and what switches on and off all day is zero often: neither is
found. Days are not judged, for a works may rest on one. All of it assumed.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence
from national_sync.series import LENGTHS_US, counted, is_short, mask_of, nothing, series_of
from national_sync.words import Numbers

HOUR_US = 60 * 60_000_000
SHARE_MAX = 0.2  # of a point's values that are zero: beyond it zero is what it often is
OTHERS_MIN = 8  # values that are not, to tell it by: two hours of quarter-hours
FELL = 0.5  # of the largest value near it: a load that went, or came
NEAR = 4  # values before and after that are looked at


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    zero = pc.fill_null(pc.equal(rows["value"], pa.scalar(0, rows["value"].type)), fill_value=False)
    if not pc.any(zero).as_py():
        return nothing(rows)
    is_zero = zero.to_numpy()
    series, many = counted(np.where(is_short(rows), series_of(rows), -1))
    zeros, of_all = np.bincount(series, is_zero, many), np.bincount(series, minlength=many)
    seldom = (zeros > 0) & (zeros <= SHARE_MAX * of_all) & (of_all - zeros >= OTHERS_MIN)
    looked_at = np.flatnonzero(seldom[series] & is_short(rows))
    found = np.zeros(rows.num_rows, bool)
    if len(looked_at):
        found[looked_at] = _of_series(rows.take(looked_at), series[looked_at], is_zero[looked_at])
    return mask_of(found)


def _of_series(rows: pa.Table, series: Numbers, is_zero: Numbers) -> Numbers:
    start = rows["start"].cast(pa.int64()).to_numpy()
    order = np.lexsort((start, series))
    value = rows["value"].cast(pa.float64()).to_numpy()[order]
    length = LENGTHS_US[rows["granularity_number"].to_numpy()][order]
    joins = (np.diff(start[order]) == length[1:]) & (np.diff(series[order]) == 0)
    found = np.zeros(len(order), bool)
    found[order] = _runs(value, is_zero[order], np.concatenate([[False], joins, [False]]), length)
    return found


def _runs(value: Numbers, is_zero: Numbers, joined: Numbers, length: Numbers) -> Numbers:
    """Which zeros are false; `joined` says of each place, and the one behind the last, whether it follows the one before."""
    edge = np.flatnonzero(np.diff(np.concatenate([[False], is_zero, [False]]).astype(np.int8)))
    first, end = edge[0::2], edge[1::2]
    breaks = np.cumsum(~joined)
    is_one = breaks[end - 1] == breaks[first]
    short = (end - first) * length[first] <= HOUR_US
    sound = is_one & short & joined[first] & joined[end]
    first, end = first[sound], end[sound]
    before, after = value[first - 1], value[end]
    near_before, near_after = before.copy(), after.copy()
    for step in range(1, NEAR + 1):
        earlier, later = np.maximum(first - 1 - step, 0), np.minimum(end + step, len(value) - 1)
        is_near = breaks[earlier] == breaks[first - 1]
        near_before = np.where(is_near, np.maximum(near_before, value[earlier]), near_before)
        is_near = breaks[later] == breaks[end]
        near_after = np.where(is_near, np.maximum(near_after, value[later]), near_after)
    kept = (before > 0) & (after > 0) & (before >= FELL * near_before) & (after >= FELL * near_after)
    marks = np.zeros(len(value) + 1, np.int64)
    np.add.at(marks, first[kept], 1)
    np.add.at(marks, end[kept], -1)
    return np.cumsum(marks)[:-1] > 0


RULE = Rule(
    RuleText(
        "false-zero",
        Outcome.SUSPECT,
        "疑似以零代缺",
        "a zero that may stand for a missing value",
        "ours, assumed; field failure 1",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "came as ",
        rows["said"],
        " between values that did not fall: a missing value may have been sent as zero",
    ),
    judges_together=True,
)
