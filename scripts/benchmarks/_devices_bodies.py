"""What devices of the invented nation say in NHJC-04: who they are, and readings of the hundred points of a unit."""

from __future__ import annotations

import datetime as dt
from functools import cache

import msgspec
import numpy as np

from graph.model.period import BEIJING, midnight
from scripts.benchmarks._links_nation import VERSION_AFTER
from scripts.benchmarks._store_nation import CODES, mixed

DAY_STAT_TYPE, FIELD_INSTRUMENT, VALID = "1", "4", "0"
_STAMP = "%Y-%m-%d %H:%M:%S"


def said(**fields: str) -> bytes:
    """A short message."""
    return msgspec.json.encode(fields)


def upload(device: str, unit: str, rows: bytes) -> bytes:
    """A data upload of rows that are made already."""
    return b'{"deviceId":"%b","enterpriseCode":"%b","data":%b}' % (device.encode(), unit.encode(), rows)


@cache
def days(first: dt.date, many: int) -> bytes:
    """The data rows of so many days of a unit, a value a day and point, as a device of the field writes them."""
    return msgspec.json.encode([row for n in range(many) for row in rows_of(first + dt.timedelta(days=n))])


def rows_of(day: dt.date) -> list[dict[str, str]]:
    """The data rows of a day of a unit."""
    used = mixed(np.arange(len(CODES), dtype=np.int64), np.full(len(CODES), day.toordinal(), np.int64))
    start, written = midnight(day), midnight(day) + VERSION_AFTER
    return [
        {
            "dataCode": str(code),
            "dataValue": f"{int(value) / 10_000:.4f}",
            "inputType": FIELD_INSTRUMENT,
            "statType": DAY_STAT_TYPE,
            "statDate": start.astimezone(BEIJING).strftime(_STAMP),
            "uploadDate": written.astimezone(BEIJING).strftime(_STAMP),
            "scope": code_scope(code.digits),
            "valid": VALID,
        }
        for code, value in zip(CODES, used, strict=True)
    ]


def code_scope(digits: str) -> str:
    """1 for the plant as a whole, 4 for equipment: what the codes of the nation are."""
    return "1" if digits[:8] == "00000000" else "4"
