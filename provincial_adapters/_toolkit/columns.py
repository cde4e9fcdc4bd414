"""Time labels become instants, a whole column at a time.

A label is read by a declared format, once for each distinct text, and every step is arithmetic on columns:
no reading becomes an object. What cannot be read is null, for the intake to refuse with its row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import InvalidInput
from graph.model.period import BEIJING, FIRST_YEAR, LAST_YEAR, MICROSECOND, UTC, Granularity
from graph.model.reading import INSTANT

BEIJING_FORMAT = "%Y-%m-%d %H:%M:%S"  # what NHJC-04 and most exports write
FEW_TEXTS = 400  # beyond it columns are quicker, though each text were new
MOMENTS_KEPT = 20_000  # moments that were read before: two hundred days of quarter-hours
PLAIN_LENGTH = 19  # letters of a moment with all its zeros
_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
_NO_MOMENT, _ODD = None, -1
MINUTE_US = 60_000_000
DAY_S = 24 * 60 * 60
DAY_US = DAY_S * 1_000_000
OFFSET_US = BEIJING.utcoffset(None) // MICROSECOND
EPOCH_DAYS = 719_468  # days from 0000-03-01 to 1970-01-01 in the Gregorian calendar

# The directives of a label format, and how many digits each takes. Names of months are left out: they depend
# on the language. A two-digit year is left out: it could be any century.
_DIGITS = {"Y": r"\d{4}", "m": r"\d{1,2}", "d": r"\d{1,2}", "H": r"\d{1,2}", "M": r"\d{1,2}", "S": r"\d{1,2}"}
_ABSENT = {"m": 1, "d": 1, "H": 0, "M": 0, "S": 0}


class LabelSide(StrEnum):
    """Where in its period a label stands (时标位置)."""

    START = "start"
    END = "end"


class EndOfDay(StrEnum):
    """Which day's date the last period of a day carries when it is labelled 00:00 at its end."""

    NEXT_DAY = "next_day"
    SAME_DAY = "same_day"


@dataclass(frozen=True)
class LabelRule:
    """How a source labels periods. Raises InvalidInput for a format this module does not read.

    Formats are made of %Y %m %d %H %M %S and literal text; leading zeros may be missing, except where two
    directives touch. `24:00` is the end of its day, and is read only where labels stand at the end.
    """

    granularity: Granularity
    format: str = BEIJING_FORMAT
    side: LabelSide = LabelSide.START
    end_of_day: EndOfDay = EndOfDay.NEXT_DAY

    def __post_init__(self) -> None:
        label_pattern(self.format)

    def starts(self, labels: pa.ChunkedArray | pa.Array) -> pa.Array:
        """The instant (UTC) each period begins; null where the label is none. Text, dates or timestamps."""
        if pa.types.is_date(labels.type) or pa.types.is_timestamp(labels.type):
            local_us = _local_us(_whole(labels))
            return self._start_of(_day_later_at_midnight(local_us) if self._same_day else local_us)
        return once_each(labels, lambda texts: self._start_of(self._parsed(texts)))

    @property
    def _same_day(self) -> bool:
        return self.side is LabelSide.END and self.end_of_day is EndOfDay.SAME_DAY

    def _parsed(self, texts: pa.Array) -> pa.Array:
        ends = self.side is LabelSide.END
        return parsed_us(texts, self.format, reads_24=ends, midnight_ends=self._same_day)

    def _start_of(self, local_us: pa.Array) -> pa.Array:
        """From the local moment a label names to the instant its period begins."""
        if self.side is LabelSide.START:
            return _instants(local_us)
        if self.granularity.minutes is not None:
            return _instants(pc.subtract(local_us, self.granularity.minutes * MINUTE_US))
        return _instants(_calendar_step_back(local_us, self.granularity))


def instants(moments: pa.ChunkedArray | pa.Array, written_as: str = BEIJING_FORMAT) -> pa.Array:
    """Beijing moments, as text or timestamps, as UTC instants; null where a text is none."""
    if written_as == BEIJING_FORMAT and pa.types.is_string(moments.type):
        return once_each(moments, _moments)
    return LabelRule(Granularity.QUARTER_HOUR, written_as).starts(moments)


def _moments(texts: pa.Array) -> pa.Array:
    """Few texts one by one, since a day's labels are those of every device; many, or odd ones, as columns."""
    if len(texts) <= FEW_TEXTS:
        known = [
            _NO_MOMENT if text is None else _moment_us(text[: PLAIN_LENGTH + 1]) for text in texts.to_pylist()
        ]
        if _ODD not in known:
            mask = [moment is _NO_MOMENT for moment in known]
            return pa.array([moment or 0 for moment in known], pa.int64(), mask=np.array(mask, bool)).cast(
                INSTANT
            )
    return LabelRule(Granularity.QUARTER_HOUR).starts(texts)


@lru_cache(MOMENTS_KEPT)
def _moment_us(text: str) -> int | None:
    """The instant of a text spelt with all its zeros; _NO_MOMENT for none of the calendar, _ODD for another spelling."""
    if not _PLAIN.fullmatch(text):
        return _ODD
    try:
        moment = dt.datetime.strptime(text, BEIJING_FORMAT).replace(tzinfo=BEIJING)
    except ValueError:
        return _NO_MOMENT
    sound = FIRST_YEAR <= moment.year <= LAST_YEAR
    return (moment - _EPOCH) // MICROSECOND if sound else _NO_MOMENT


def once_each(column: pa.ChunkedArray | pa.Array, work: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Do `work` once for each distinct value of a text column and spread the answer over its rows."""
    encoded = pc.dictionary_encode(_whole(column).cast(pa.string()))
    return pc.take(work(encoded.dictionary), encoded.indices)


def written_out(decimals: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Decimals with places behind the point as the text of their digits, without the zeros at its end."""
    texts = _whole(decimals).cast(pa.string())
    small = pc.fill_null(pc.match_substring(texts, "E"), False)  # how Arrow writes 0 and 0.000 000 1
    texts = pc.replace_with_mask(texts, small, once_each(texts.filter(small), _without_exponent))
    return pc.ascii_rtrim(pc.ascii_rtrim(texts, "0"), ".")


def _without_exponent(texts: pa.Array) -> pa.Array:
    return pa.array([format(Decimal(text), "f") for text in texts.to_pylist()], pa.string())


def label_pattern(written_as: str) -> str:
    """The regular expression of a label format. Raises InvalidInput naming what cannot be read."""
    parts, seen = [], []
    for literal, percent, directive in re.findall(r"([^%]+)|(%)(.?)", written_as):
        if literal:
            parts.append(re.escape(literal))
        elif directive not in _DIGITS or directive in seen:
            why = "twice" if directive in seen else "not one of %Y %m %d %H %M %S"
            raise InvalidInput(f"{written_as!r}: {percent}{directive} is {why}", "date format")
        else:
            seen.append(directive)
            parts.append(f"(?P<{directive}>{_DIGITS[directive]})")
    if "Y" not in seen:
        raise InvalidInput(f"{written_as!r} has no %Y", "date format")
    return "^" + _fixed_where_touching("".join(parts)) + "$"


def _fixed_where_touching(pattern: str) -> str:
    """Two digits exactly where directives touch: 20180101 is not to be read as 2018-1-0101."""
    loose, fixed = r"\d{1,2}", r"\d{2}"
    touching = re.compile(r"(\(\?P<\w>[^)]*\)){2,}")
    return touching.sub(lambda found: found[0].replace(loose, fixed), pattern)


def parsed_us(
    texts: pa.Array, written_as: str, *, reads_24: bool = False, midnight_ends: bool = False
) -> pa.Array:
    """Local microseconds since 1970 of each text; null for what is no moment of the calendar.

    `reads_24` takes 24:00 for the end of its day; `midnight_ends` takes 00:00 for it too.
    """
    found = pc.extract_regex(pc.utf8_trim_whitespace(texts), label_pattern(written_as))
    names = [field.name for field in found.type]
    number = {name: pc.struct_field(found, name).cast(pa.int64()) for name in names}
    year = number["Y"]
    month, day, hour, minute, second = (
        number.get(name, pc.if_else(pc.is_valid(year), absent, None)) for name, absent in _ABSENT.items()
    )
    days = civil_days(year, month, day)
    in_day_s = pc.add(pc.multiply(pc.add(pc.multiply(hour, 60), minute), 60), second)
    sound = _every(
        _between(year, FIRST_YEAR, LAST_YEAR),
        _between(month, 1, 12),
        pc.greater_equal(day, 1),
        pc.less(days, _next_month(year, month)),
        _between(minute, 0, 59),
        _between(second, 0, 59),
        pc.less_equal(in_day_s, DAY_S if reads_24 else DAY_S - 1),
    )
    if midnight_ends:
        in_day_s = pc.if_else(pc.equal(in_day_s, 0), DAY_S, in_day_s)
    return pc.if_else(sound, pc.add(pc.multiply(days, DAY_US), pc.multiply(in_day_s, 1_000_000)), None)


def civil_days(year: pa.Array, month: pa.Array, day: pa.Array) -> pa.Array:
    """Days since 1970-01-01 of Gregorian dates, years counted from March so that leap days come last."""
    early = pc.less_equal(month, 2).cast(pa.int64())
    y = pc.subtract(year, early)
    m = pc.add(pc.subtract(month, 3), pc.multiply(early, 12))
    before_month = pc.divide(pc.add(pc.multiply(m, 153), 2), 5)
    leaps = pc.add(pc.subtract(pc.divide(y, 4), pc.divide(y, 100)), pc.divide(y, 400))
    whole_years = pc.add(pc.multiply(y, 365), leaps)
    return pc.subtract(pc.add(pc.add(whole_years, before_month), day), EPOCH_DAYS + 1)


def _next_month(year: pa.Array, month: pa.Array) -> pa.Array:
    is_last = pc.equal(month, 12)
    return civil_days(
        pc.add(year, is_last.cast(pa.int64())),
        pc.if_else(is_last, 1, pc.add(month, 1)),
        pc.if_else(pc.is_valid(month), pa.scalar(1, pa.int64()), None),
    )


def _day_later_at_midnight(local_us: pa.Array) -> pa.Array:
    into_day = pc.subtract(local_us, pc.multiply(pc.divide(local_us, DAY_US), DAY_US))
    return pc.if_else(pc.equal(into_day, 0), pc.add(local_us, DAY_US), local_us)


def _calendar_step_back(local_us: pa.Array, granularity: Granularity) -> pa.Array:
    """One month or year earlier, keeping the distance from the month's or year's first midnight."""
    unit = "month" if granularity is Granularity.MONTH else "year"
    moments = local_us.cast(pa.timestamp("us"))
    first = pc.floor_temporal(moments, unit=unit)
    before = pc.floor_temporal(_shifted(first, -DAY_US), unit=unit)
    length = pc.subtract(first.cast(pa.int64()), before.cast(pa.int64()))
    return pc.subtract(local_us, length)


def _shifted(moments: pa.Array, by_us: int) -> pa.Array:
    return pc.add(moments.cast(pa.int64()), by_us).cast(pa.timestamp("us"))


def _local_us(moments: pa.Array) -> pa.Array:
    """Dates and naive timestamps are Beijing's; a timestamp with a zone is an instant and becomes local."""
    zone = getattr(moments.type, "tz", None)
    counted = moments.cast(pa.timestamp("us", tz=zone), safe=False).cast(pa.int64())
    return counted if zone is None else pc.add(counted, OFFSET_US)


def _instants(local_us: pa.Array) -> pa.Array:
    return pc.subtract(local_us, OFFSET_US).cast(INSTANT)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _between(column: pa.Array, low: int, high: int) -> pa.Array:
    return pc.and_(pc.greater_equal(column, low), pc.less_equal(column, high))


def _every(*masks: pa.Array) -> pa.Array:
    together = masks[0]
    for mask in masks[1:]:
        together = pc.and_(together, mask)
    return together
