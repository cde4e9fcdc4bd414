"""What goes wrong with access devices in the field, a name each, numbered as the catalogue of field failures has it.

A fault alters the rows of a POST, or the configuration, or how the device behaves; the last kind is only named here and
done in `hub/simulate/device.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from graph.errors import InvalidInput
from graph.model.period import BEIJING

Row: TypeAlias = dict[str, str]
Rows: TypeAlias = list[Row]
STAMP = "%Y-%m-%d %H:%M:%S"
MALFORMED_CODE = "00-00-0000023400-80"  # as it stands in a live configuration
REALTIME, DAY = "0", "1"  # statType
READING_TAKES = dt.timedelta(seconds=7)  # between a period's end and the upload that is its label
DAY_CUT = "16:10:00"
CT_RATIO, SCALE = 40, 1000
NEGATIVE = "-48211.37"  # the new meter's counter minus the old one's
GAP_EVERY = 5  # quarter-hours: a completeness of four fifths
REALTIME_LENGTH = dt.timedelta(minutes=15)


class Where(StrEnum):
    """In which dialects a fault can be made."""

    BOTH = "both"
    NHJC04 = "nhjc04"
    NHJC_AK = "nhjc_ak"


@dataclass(frozen=True)
class Post:
    """Which POST it is, from 0, whether none follows, and when it is sent."""

    number: int
    is_last: bool
    now: dt.datetime


def _as_they_are(rows: Rows, _post: Post) -> Rows:
    return rows


def _as_said(said: dict[str, Any]) -> dict[str, Any]:
    return said


@dataclass(frozen=True)
class DeviceFault:
    """One fault: its name, its number in the catalogue (None: it is not of it), what it does in a sentence."""

    name: str
    number: int | None
    what: str
    rows: Callable[[Rows, Post], Rows | None] = _as_they_are
    configuration: Callable[[dict[str, Any]], dict[str, Any]] = _as_said
    where: Where = Where.BOTH


def _moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, STAMP).replace(tzinfo=BEIJING)


def _each(change: Callable[[Row], Row], *kinds: str) -> Callable[[Rows, Post], Rows]:
    """The same change of every row of these statTypes, or of all."""
    return lambda rows, _: [change(row) if not kinds or row["statType"] in kinds else row for row in rows]


def _without(unwanted: Callable[[Row], bool]) -> Callable[[Rows, Post], Rows]:
    return lambda rows, _: [row for row in rows if not unwanted(row)]


def _in_last_post(change: Callable[[Row], Row], *kinds: str) -> Callable[[Rows, Post], Rows]:
    return lambda rows, post: _each(change, *kinds)(rows, post) if post.is_last else rows


def _one_more(**other: str) -> Callable[[Rows, Post], Rows]:
    return lambda rows, _: [*rows, {**rows[0], **other}] if rows else rows


def _times(factor: Decimal) -> Callable[[Row], Row]:
    return lambda row: {
        **row,
        "dataValue": str((Decimal(row["dataValue"]) * factor).quantize(Decimal("0.01"))),
    }


def _at_upload(row: Row) -> Row:
    length = REALTIME_LENGTH if row["statType"] == REALTIME else dt.timedelta(days=1, minutes=30)
    said = (_moment(row["statDate"]) + length + READING_TAKES).strftime(STAMP)
    return {**row, "statDate": said, "uploadDate": said}


def _cut(row: Row) -> Row:
    return {**row, "statDate": f"{row['statDate'][:10]} {DAY_CUT}"}


def _twelve_hours(row: Row) -> Row:
    return {**row, "statDate": _moment(row["statDate"]).strftime("%Y-%m-%d %I:%M:%S")}


def _whole(row: Row) -> Row:
    return {**row, "dataValue": f"{Decimal(row['dataValue']).to_integral_value(ROUND_FLOOR)}.00"}


def _negative(rows: Rows, post: Post) -> Rows:
    middle = len(rows) // 2
    if post.number or not rows:
        return rows
    return [*rows[:middle], {**rows[middle], "dataValue": NEGATIVE}, *rows[middle + 1 :]]


def _uploaded_now(rows: Rows, post: Post) -> Rows:
    now = post.now.astimezone(BEIJING).strftime(STAMP)
    return [{**row, "uploadDate": now} for row in rows]


def _lost(rows: Rows, post: Post) -> Rows | None:
    """The platform was away in the hour of the second POST."""
    return None if post.number == 1 else rows


def _twice(rows: Rows, _post: Post) -> Rows:
    again = [_times(Decimal("1.01"))(row) for row in rows]
    return [each for pair in zip(rows, again, strict=True) for each in pair]


def _is_first_quarter(row: Row) -> bool:
    return row["statType"] == REALTIME and row["statDate"].endswith("00:00:00")


def _is_gap(row: Row) -> bool:
    moment = _moment(row["statDate"])
    return row["statType"] == REALTIME and (moment.hour * 4 + moment.minute // 15) % GAP_EVERY == 1


def _future(rows: Rows, post: Post) -> Rows:
    day = post.now.astimezone(BEIJING).date() + dt.timedelta(days=2)
    return [*rows, {**rows[0], "statDate": f"{day} 00:00:00"}] if rows else rows


def _swapped(said: dict[str, Any]) -> dict[str, Any]:
    enterprise = said["enterprise"]
    other = {"latitude": enterprise["longitude"], "longitude": enterprise["latitude"]}
    return {**said, "enterprise": {**enterprise, **other}}


def _misconfigured(said: dict[str, Any]) -> dict[str, Any]:
    items = said["collectItemConfig"]
    wrong = {**items[0], "energyTypeCode": "02340", "name": "编码有误的采集项"}
    return {**said, "collectItemConfig": [*items, wrong]}


_FAULTS = (
    DeviceFault("false-zeros", 1, "each seventh value is missing, sent as 0.00"),
    DeviceFault("upload-moment", 2, "statDate is the moment of upload", _each(_at_upload)),
    DeviceFault("day-cut", 3, "days, sent besides, begin at 16:10", _each(_cut, DAY)),
    DeviceFault("no-back-fill", 4, "retries within one hour only: the second POST is never sent", _lost),
    DeviceFault("first-quarter-lost", 5, "the first quarter-hour of each day is lost", _without(_is_first_quarter)),
    DeviceFault("whole-kwh", 6, "Wh / 1000 in integers", _each(_whole, REALTIME)),
    DeviceFault("twelve-hour", 7, "labels with 12-hour hh", _each(_twelve_hours)),
    DeviceFault("swapped-position", 8, "latitude and longitude swapped", configuration=_swapped),
    DeviceFault("polarity", 9, "valid is 1 where the device means 0", _each(lambda row: {**row, "valid": "1"})),
    DeviceFault("resend", 10, "every POST is sent twice, as after a lost reply"),
    DeviceFault("hard-coded-urls", 11, "goes to addresses of its own, not to those it is given"),
    DeviceFault("endless-401", 12, "never asks for another token after a 401", where=Where.NHJC_AK),
    DeviceFault("old-dictionary", 13, "never fetches the base data of a new dicVersion"),
    DeviceFault("malformed-code", 14, "one malformed data code in each POST and in the configuration",
                _one_more(dataCode=MALFORMED_CODE), _misconfigured),
    DeviceFault("meter-replaced", 15, "a meter replaced without its readings: one negative use", _negative),
    DeviceFault("late", 18, "buffered data: days are delivered now, with their own labels", _uploaded_now),
    DeviceFault("times-1000", 19, "the last POST in another unit, ×1000", _in_last_post(_times(Decimal(SCALE)))),
    DeviceFault("ct-forgotten", 19, "realtime values of the last POST, not its days, without the CT ratio of 40",
                _in_last_post(_times(1 / Decimal(CT_RATIO)), REALTIME)),
    DeviceFault("bad-row", 20, "one row in each POST whose value is no number", _one_more(dataValue="----")),
    DeviceFault("empty-reports", 21, "POSTs on time, with no data in them", lambda *_: [], where=Where.NHJC04),
    DeviceFault("twice-a-period", 21, "every period twice with two values: rates over 100 %", _twice),
    DeviceFault("gaps", 22, "each fifth quarter-hour is not sent: one completeness on every screen", _without(_is_gap)),
    DeviceFault("future", None, "one reading of the day after tomorrow in each POST", _future),
)  # fmt: skip
FAULTS: Mapping[str, DeviceFault] = {fault.name: fault for fault in _FAULTS}


def check_names(names: Collection[str], dialect: Where) -> None:
    """Raise InvalidInput for a fault there is not, naming those there are, or that this dialect cannot have."""
    if dialect is Where.BOTH:
        raise InvalidInput("a device speaks one dialect, nhjc04 or nhjc_ak", "dialect")
    for name in names:
        if name in FAULTS and FAULTS[name].where not in (Where.BOTH, dialect):
            raise InvalidInput(f"{name}: only in {FAULTS[name].where}", "fault")
    if unknown := sorted(set(names) - FAULTS.keys()):
        raise InvalidInput(f"no fault {', '.join(unknown)}; there are {', '.join(FAULTS)}", "fault")


def altered(rows: Rows, post: Post, names: Collection[str]) -> Rows | None:
    """The rows of a POST with these faults; None where it is never sent."""
    found: Rows | None = rows
    for name in FAULTS:
        if name in names and found is not None:
            found = FAULTS[name].rows(found, post)
    return found


def misconfigured(said: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A configuration with these faults."""
    for name in FAULTS:
        if name in names:
            said = FAULTS[name].configuration(said)
    return said


def listed() -> str:
    """Every fault with its number, name and sentence, a line each."""
    return "\n".join(
        f"{fault.number or '-':>2}  {fault.name:<20} {fault.what}"
        f"{'' if fault.where is Where.BOTH else f' ({fault.where} only)'}"
        for fault in _FAULTS
    )
