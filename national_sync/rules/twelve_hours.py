"""A day whose labels contradict each other and know no hour beyond 12 is refused: its morning and afternoon are one.

Its clock writes hours from 1 to 12. Which of two values is the morning's, only its link can declare (`hours = 12`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING, MICROSECOND
from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, beijing, sentence
from national_sync.series import counted, is_short, mask_of, nothing, series_of
from national_sync.words import Numbers

HOUR_US = 60 * 60_000_000
OFFSET_US = BEIJING.utcoffset(None) // MICROSECOND
CONTRADICTIONS_MIN = 4  # labels of a day with two values each: fewer are corrections sent along


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    mine = is_short(rows) & rows["start"].is_valid().to_numpy()
    if not mine.any():
        return nothing(rows)
    local = pc.fill_null(rows["start"].cast(pa.int64()), 0).to_numpy() + OFFSET_US
    hours = local // HOUR_US
    day = hours // 24
    hour, series = hours - 24 * day, series_of(rows)
    days, many = counted((day - day.min()) * (series.max() + 2) + series)
    is_other = np.bincount(days, mine & ((hour == 0) | (hour > 12)), many) > 0
    looked_at = np.flatnonzero(mine & ~is_other[days] & (series >= 0))
    found = np.zeros(rows.num_rows, bool)
    if len(looked_at):
        found[looked_at] = _contradicted(rows.take(looked_at), days[looked_at], local[looked_at])
    return mask_of(found)


def _contradicted(rows: pa.Table, days: Numbers, local: Numbers) -> Numbers:
    """Which rows stand in a day of many labels that were given two values at one time."""
    version = pc.fill_null(rows["version"].cast(pa.int64()), -1).to_numpy()
    value = pc.fill_null(rows["value"].cast(pa.float64()), np.nan).to_numpy()
    order = np.lexsort((value, version, local, days))
    same = np.all([np.diff(each[order]) == 0 for each in (days, local, version)], axis=0)
    differs = same & (np.diff(value[order]) != 0)
    twice = np.bincount(days[order][1:], differs, int(days.max()) + 1)
    found: Numbers = twice[days] >= CONTRADICTIONS_MIN
    return found


RULE = Rule(
    RuleText(
        "twelve-hours",
        Outcome.REJECT,
        "疑似十二小时制时间",
        "the day's labels are of a clock of 12 hours",
        "ours, assumed; field failure 7",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "time label ",
        pc.coalesce(rows["label"], beijing(rows["start"])),
        ": its day has two values for many labels and no hour beyond 12, as a clock of 12 hours (hh) writes;"
        " mend the clock, or declare hours = 12 of its link",
    ),
    judges_together=True,
)
