"""Labels of devices that do not write the start of a period, read as their link declares, and every change told.

Without a declaration a label is the start of its period, and one that is none is left to the intake, which refuses it. A
row that was re-labelled says in its column `relabelled` by what, so that the intake can mark it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import Granularity
from graph.model.reading import INSTANT
from provincial_adapters._nhjc04.half_days import on_whole_days
from provincial_adapters._toolkit.columns import DAY_US, MINUTE_US, OFFSET_US, instants
from provincial_adapters._toolkit.dialect import Quirk, one_of

START, CONTAINING, UPLOAD_MOMENT = "start", "containing", "upload_moment"
_MIDNIGHT = "00:00"
# What a period takes at least; the calendar says of months and years what they take.
_LENGTHS_US = {
    grain.value: (grain.minutes or {Granularity.MONTH: 28, Granularity.YEAR: 365}[grain] * 1440) * MINUTE_US
    for grain in Granularity
}
_CALENDAR = {Granularity.MONTH.value: "month", Granularity.YEAR.value: "year"}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
Mask: TypeAlias = npt.NDArray[np.bool_]
Moments: TypeAlias = npt.NDArray[np.int64]  # local microseconds since 1970
Refused: TypeAlias = dict[int, tuple[str, str]]  # code and reason, by the row's number


def _clock_fault(word: Any) -> str | None:
    if isinstance(word, str) and _CLOCK.fullmatch(word):
        return None
    return f"came {word!r:.64}, expected a time of day such as '16:10'"


LABEL_QUIRKS = (
    Quirk(
        "labels",
        "what statDate is: `start` of the period, or any moment it is `containing`, or the `upload_moment`, to which the "
        "last whole period before it belongs; rows that are re-labelled are marked",
        START,
        fault=one_of(START, CONTAINING, UPLOAD_MOMENT),
    ),
    Quirk(
        "day_begins",
        "when the device's day begins, such as `16:10`; its days, months and years are kept on the day they are labelled "
        "with, and marked",
        _MIDNIGHT,
        fault=_clock_fault,
    ),
    Quirk(
        "hours",
        "`12`: the device's clock writes hours from 1 to 12, and of two equal labels the first is the morning's",
        24,
        fault=one_of(24, 12),
    ),
)


def labelled(table: pa.Table, quirks: Mapping[str, Any]) -> tuple[pa.Table, Refused]:
    """The table with `start` and `relabelled`, read of its `label`; and rows whose label says too little."""
    start = instants(table["label"])
    if _is_strict(quirks):
        by = pa.nulls(table.num_rows, pa.string())
        return table.append_column("start", start).append_column("relabelled", by), {}
    missing = pc.is_null(start).to_numpy(zero_copy_only=False)
    came = pc.fill_null(start.cast(pa.int64()), 0).to_numpy() + OFFSET_US
    steps = _Steps(table, quirks, ~missing)
    local, unclear = steps.on_whole_days(came)
    told = np.full(len(came), None, object)
    told[local != came] = "hours = 12"
    local, cut = steps.on_their_day(local)
    told[cut] = f"day_begins = {quirks['day_begins']}"
    placed = steps.in_their_period(local)
    told[placed != local] = f"labels = {quirks['labels']}"
    local = placed
    told[missing] = None
    start = pa.array(local - OFFSET_US, pa.int64(), mask=missing).cast(INSTANT)
    table = table.append_column("start", start).append_column("relabelled", pa.array(told, pa.string()))
    if not unclear.any():
        return table, {}
    labels = table["label"].filter(pa.array(unclear)).to_pylist()
    numbers = table["row"].filter(pa.array(unclear)).to_pylist()
    refused = {
        number: (
            "unclear-hour",
            f"statDate {label}: morning or afternoon cannot be told from its day's other labels",
        )
        for number, label in zip(numbers, labels, strict=True)
    }
    return table.filter(pa.array(~unclear)), refused


def _is_strict(quirks: Mapping[str, Any]) -> bool:
    return (quirks["labels"], quirks["day_begins"], quirks["hours"]) == (START, _MIDNIGHT, 24)


class _Steps:
    """What a link declares of labels, done to local moments one after another."""

    def __init__(self, table: pa.Table, quirks: Mapping[str, Any], readable: Mask) -> None:
        self._table, self._quirks, self._readable = table, quirks, readable
        words = table["granularity"].combine_chunks()
        self._lengths = np.array([_LENGTHS_US[word] for word in words.dictionary.to_pylist()], np.int64)
        self._lengths = self._lengths[words.indices.to_numpy(zero_copy_only=False)]
        if quirks["realtime_minutes"] == 30:
            self._lengths[self._lengths < DAY_US] = 30 * MINUTE_US

    def on_whole_days(self, local: Moments) -> tuple[Moments, Mask]:
        """Hours from 1 to 12 as they are meant, and of which rows that cannot be told."""
        changed, unclear = local.copy(), np.zeros(len(local), bool)
        if self._quirks["hours"] == 12:
            mine = np.flatnonzero(self._readable & (self._lengths < DAY_US))
            codes = self._table["data_code"].combine_chunks().indices.to_numpy(zero_copy_only=False)
            changed[mine], unclear[mine] = on_whole_days(codes[mine].astype(np.int64), local[mine])
        return changed, unclear

    def on_their_day(self, local: Moments) -> tuple[Moments, Mask]:
        """Days, months and years that begin at another hour on the day of their label, and which rows these are."""
        if self._quirks["day_begins"] == _MIDNIGHT:
            return local, np.zeros(len(local), bool)
        hour, minute = map(int, self._quirks["day_begins"].split(":"))
        begins = (hour * 60 + minute) * MINUTE_US
        into_day = local % DAY_US
        cut = self._readable & (self._lengths >= DAY_US) & ((into_day == begins) | (into_day == 0))
        return np.where(cut, local - into_day, local), cut

    def in_their_period(self, local: Moments) -> Moments:
        """The period a moment lies in, or the last one that was whole by then."""
        if self._quirks["labels"] == START:
            return local
        back = self._quirks["labels"] == UPLOAD_MOMENT
        placed = local // np.maximum(self._lengths, 1) * self._lengths - back * self._lengths
        for word, unit in _CALENDAR.items():
            mine = np.flatnonzero(self._lengths == _LENGTHS_US[word])
            placed[mine] = _floored(_floored(local[mine], unit) - back, unit)
        return np.where(self._readable, placed, local)


def _floored(local: Moments, unit: str) -> Moments:
    moments = pa.array(local, pa.int64()).cast(pa.timestamp("us"))
    floored: Moments = pc.floor_temporal(moments, unit=unit).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return floored
