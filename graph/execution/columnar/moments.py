"""A column of moments as text in Beijing time, without its offset."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.string()
UTC = frozenset({None, "UTC"})  # zones of columns that are in it, said or not
MINUTE_US = 60_000_000
BEIJING_US = 8 * 60 * MINUTE_US
DATE_LENGTH = T_AT = 10  # where a moment's date ends
TIMES = np.array([f"T{minute // 60:02}:{minute % 60:02}:00".encode() for minute in range(1440)]).view("V9")
# A moment as raw bytes, which numpy copies quickest.
SAID = np.dtype([("date", f"V{DATE_LENGTH}"), ("time", TIMES.dtype)])
MANY = 3_000  # fewer are written sooner by Arrow's kernel


def beijing_texts(column: pa.Array) -> pa.Array | None:
    """Each moment; parts of a second are said where there are any, as Python says them. None for other columns."""
    if not pa.types.is_timestamp(column.type) or column.type.tz not in UTC:
        return None
    beijing = pc.add(column.cast(pa.timestamp("us")), pa.scalar(BEIJING_US, pa.duration("us")))
    if len(beijing) >= MANY and not beijing.null_count:
        found = whole_minutes(beijing.cast(pa.int64()).to_numpy())
        if found is not None:
            return found
    try:
        texts = beijing.cast(pa.timestamp("s")).cast(TEXT)
    except pa.ArrowInvalid:  # parts of a second would be lost
        texts = pc.replace_substring_regex(beijing.cast(TEXT), r"\.000000$", "")
    return pc.binary_replace_slice(texts, T_AT, T_AT + 1, "T")


def whole_minutes(moments: npt.NDArray[np.int64]) -> pa.Array | None:
    """Microseconds since 1970 as a date and a time, each run of a day written once; None where some are no whole minutes.

    Of many it takes half the time of Arrow's kernel, which writes every moment by itself.
    """
    minutes = moments // MINUTE_US
    if (minutes * MINUTE_US != moments).any():
        return None
    days = minutes // len(TIMES)
    begins = np.append(0, np.flatnonzero(days[1:] != days[:-1]) + 1)[: len(days)]
    dates = pa.array(days[begins].astype(np.int32)).cast(pa.date32()).cast(TEXT)
    ends = np.frombuffer(dates.buffers()[1], np.int32)
    if not np.array_equal(np.diff(ends), np.full(len(dates), DATE_LENGTH)):
        return None  # years of more or fewer than four digits
    texts = np.empty(len(moments), SAID)
    each = np.frombuffer(dates.buffers()[2] or b"", SAID["date"], len(dates))
    texts["date"] = np.repeat(each, np.diff(begins, append=len(days)))
    texts["time"] = TIMES.take(minutes - days * len(TIMES))
    bounds = np.arange(len(texts) + 1, dtype=np.int32) * SAID.itemsize
    return pa.Array.from_buffers(TEXT, len(texts), [None, pa.py_buffer(bounds), pa.py_buffer(texts)])


def follows(column: pa.Array, other: pa.Array) -> bool:
    """Whether a column is another from its second row on, as the ends of periods without a gap are the next ones' starts."""
    if column.null_count or other.null_count or len(column) < 2 or len(column) != len(other):
        return False
    alike = pa.timestamp(column.type.unit)
    if other.type.unit != alike.unit or not {column.type.tz, other.type.tz} <= UTC:
        return False
    return bool(column.cast(alike)[:-1].equals(other.cast(alike)[1:]))
