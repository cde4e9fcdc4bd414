"""Hours written from 1 to 12, without morning or afternoon, told apart by the order in which a day's labels came.

A day some of whose labels come twice is written so: the first of two equal labels is the morning's (assumed: devices send a
day in the order of time, as all seen do). A day that shows an hour beyond 12, or midnight as 0, is not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from provincial_adapters._toolkit.columns import DAY_US, MINUTE_US

HOUR_US, HALF_DAY_US = 60 * MINUTE_US, DAY_US // 2


def on_whole_days(
    series: npt.NDArray[np.int64], local_us: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Each row's moment on a clock of 24 hours, and of which rows it cannot be told; `series` numbers their points."""
    hour = local_us % DAY_US // HOUR_US
    _, day = np.unique(np.stack([series, local_us // DAY_US]), axis=1, return_inverse=True)
    _, label, times = np.unique(np.stack([day, local_us]), axis=1, return_inverse=True, return_counts=True)
    days = int(day.max(initial=-1)) + 1
    is_whole = np.bincount(day, (hour == 0) | (hour > 12), days)[day] > 0
    comes_twice = np.bincount(day, times[label] > 1, days)[day] > 0
    which = _occurrence(label)
    half = np.where(hour == 12, local_us - HALF_DAY_US, local_us) + which * HALF_DAY_US
    unclear = ~is_whole & (~comes_twice | (which > 1))
    return np.where(is_whole | unclear, local_us, half), unclear


def _occurrence(label: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many rows before each have the same label."""
    order = np.argsort(label, kind="stable")
    ordered = label[order]
    firsts = np.flatnonzero(np.diff(ordered, prepend=-1))
    counted = np.arange(len(label)) - np.repeat(firsts, np.diff(firsts, append=len(label)))
    which = np.empty(len(label), np.int64)
    which[order] = counted
    return which
