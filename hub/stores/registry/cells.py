"""Reads one cell of an upsert row: their text, number or date becomes our value, or an error that says what was expected."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum, StrEnum
from functools import lru_cache
from typing import Any, Final, TypeVar

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.daily_slot import DailySlot
from graph.model.data_code import DataCode
from graph.model.period import Day, Quarter, aware
from graph.model.region import RegionCode, RegionLevel
from graph.model.unit import Industry
from hub.stores.registry.conditions import clean
from hub.stores.registry.tables import KEY_MAX, NAME_MAX

PROSE_MAX = 20_000  # characters of a report's problems, a mechanism, a link's quirks: some ten pages
CODES_REMEMBERED = 32_768  # a check takes 15 µs, and rows name the same codes again and again
UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})  # controls, joiners, marks of direction, ends of lines
LINES = "\n\r\t"
WORD = TypeVar("WORD", bound=StrEnum)
NUMBER = TypeVar("NUMBER", bound=IntEnum)
Read = Callable[[Any], Any]


class _Required:
    """Marks a cell that has to be given when its row is new."""


REQUIRED: Final = _Required()


class Words(frozenset[Any]):
    """A set of words of one enumeration."""

    def __str__(self) -> str:
        return " ".join(sorted(word.value for word in self))


_CODES = (Words, CreditCode, DataCode, RegionCode, Quarter, Industry)


@dataclass(frozen=True)
class Cell:
    """How a column's cell is read, and what stands there when a new row does not give it."""

    read: Read
    default: Any = REQUIRED

    @property
    def may_be_null(self) -> bool:
        """Whether null is a value here rather than the absence of one."""
        return self.default is None

    def value(self, raw: Any) -> Any:
        """The value of a cell. Raises InvalidInput."""
        if raw is None and self.may_be_null:
            return None
        if raw is None or raw is REQUIRED:
            raise InvalidInput("is missing")
        return self.read(raw)


def plain(value: Any) -> Any:
    """A value as the tables keep it: codes and enumerations as their text or number."""
    if type(value) is str:
        return value
    if isinstance(value, DataCode):
        return value.digits
    if isinstance(value, Industry):
        return value.code
    if isinstance(value, _CODES):
        return str(value)
    return value.value if isinstance(value, Enum) else value


def _text(value: Any) -> str:
    given = plain(value)
    if not isinstance(given, str):
        raise InvalidInput(f"expected text, came {type(value).__name__}")
    return clean(given, "text")


def words(longest: int = NAME_MAX, allowed: str = "") -> Read:
    """Text with something in it, without surrounding blanks, of at most so many characters.

    What looks alike is alike: it is composed (NFC), and holds no character that is not seen, but those `allowed`.
    """

    def read(value: Any) -> str:
        text = unicodedata.normalize("NFC", _text(value)).strip()
        if not text:
            raise InvalidInput("is empty")
        if len(text) > longest:
            raise InvalidInput(f"came {len(text)} characters, expected at most {longest}")
        if (unseen := _unseen(text, allowed)) is not None:
            raise InvalidInput(f"holds U+{ord(unseen):04X}, which is not seen")
        return text

    return read


def _unseen(text: str, allowed: str) -> str | None:
    """The first character that is not seen; looked for only where one is not printable, which none of them is."""
    if text.isprintable():
        return None
    return next((c for c in text if unicodedata.category(c) in UNSEEN and c not in allowed), None)


def prose(value: Any) -> str:
    """Text of any kind, perhaps empty."""
    text = _text(value)
    if len(text) > PROSE_MAX:
        raise InvalidInput(f"came {len(text)} characters, expected at most {PROSE_MAX}")
    return text


def key(value: Any) -> str:
    """A key people choose: letters, digits, hyphen and underscore, so that it can stand in a URL or a token."""
    text = _text(value)
    if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{KEY_MAX}}}", text):
        raise InvalidInput(f"came {text[:KEY_MAX]!r}, expected 1 to {KEY_MAX} letters, digits, - or _")
    return text


def secret_name(value: Any) -> str:
    """The name of a secret in the settings. The error shows nothing of what came: it may be the secret itself."""
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,47}", text):
        raise InvalidInput("expected the name of a secret in the settings, never the secret")
    return text


def address(value: Any) -> str:
    """Where a link's source is: a URL or a folder, and no password in it."""
    text = words(PROSE_MAX)(value)
    behind_scheme = re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?[/\\]*", "", text, flags=re.IGNORECASE)
    if "@" in re.split(r"[/\\?#]", behind_scheme)[0]:
        raise InvalidInput("holds a user or password before @; name a credential instead")
    return str(text)


def word_of(kind: type[WORD]) -> Read:
    """A word of an enumeration; an unknown one is an error, never a default."""

    def read(value: Any) -> WORD:
        text = _text(value)
        try:
            return kind(text)
        except ValueError as fault:
            known = ", ".join(kind)
            raise InvalidInput(f"came {text[:64]!r}, expected one of {known}") from fault

    return read


def words_of(kind: type[WORD]) -> Read:
    """Words of an enumeration with blanks between, or a list of them: a set, written in order."""
    one = word_of(kind)

    def read(value: Any) -> Words:
        given = value.split() if isinstance(value, str) else value
        if not isinstance(given, (list, tuple, frozenset, set)):
            raise InvalidInput(f"expected words, came {type(value).__name__}")
        return Words({one(each) for each in given})

    return read


def number_of(kind: type[NUMBER]) -> Read:
    """A number of an enumeration."""
    whole_number = whole(min(kind), max(kind))

    def read(value: Any) -> NUMBER:
        return kind(whole_number(value))

    return read


def whole(low: int, high: int) -> Read:
    """A whole number in a range, or its digits as text."""

    def read(value: Any) -> int:
        given = plain(value)
        if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,10}", given):
            given = int(given)
        if not isinstance(given, int) or isinstance(given, bool) or not low <= given <= high:
            raise InvalidInput(f"came {str(given)[:32]!r}, expected a whole number from {low} to {high}")
        return given

    return read


def yes_or_no(value: Any) -> bool:
    """True or false, or those words."""
    known = {"true": True, "false": False}
    given = known.get(value.lower(), value) if isinstance(value, str) else value
    if not isinstance(given, bool):
        raise InvalidInput(f"came {str(value)[:32]!r}, expected true or false")
    return given


def day(value: Any) -> dt.date:
    """A date, or text such as 2026-11-23."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return Day(value).date
    return Day.parse(_text(value)).date


def moment(value: Any) -> dt.datetime:
    """An aware moment, or its ISO text. Raises InvalidInput."""
    if isinstance(value, dt.datetime):
        return aware(value)
    try:
        return aware(dt.datetime.fromisoformat(_text(value)))
    except ValueError as fault:
        raise InvalidInput(f"came {value!r:.40}, expected a moment as in 2026-11-01T08:00+08:00") from fault


def slot(value: Any) -> str:
    """A time slot of the day, as it is written. Raises InvalidInput."""
    return str(DailySlot.parse(_text(value)))


def exact(scale: int) -> Read:
    """A decimal of 18 digits with so many places, from a decimal, a whole number or text; floats are read as they print."""

    def read(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
            raise InvalidInput(f"expected a decimal, came {type(value).__name__}")
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation as fault:
            raise InvalidInput(f"came {str(value)[:32]!r}, expected a decimal") from fault
        if not number.is_finite() or abs(number) >= 10 ** (18 - scale) or number != round(number, scale):
            raise InvalidInput(
                f"came {str(value)[:32]!r}, expected at most 18 digits, {scale} of them places"
            )
        return number

    return read


def region(value: Any) -> RegionCode:
    """The code of a division."""
    return RegionCode(_text(value))


def province(value: Any) -> RegionCode:
    """The code of a province."""
    code = region(value)
    if code.level is not RegionLevel.PROVINCE:
        raise InvalidInput(f"came the {code.level.value} {code}, expected a province such as {code.province}")
    return code


def credit_code(value: Any) -> CreditCode:
    """A credit code."""
    return _credit_code(_text(value))


def data_code(value: Any) -> DataCode:
    """A data code in either written form."""
    return _data_code(_text(value))


_credit_code = lru_cache(CODES_REMEMBERED)(CreditCode.parse)
_data_code = lru_cache(CODES_REMEMBERED)(DataCode.parse)


def industry(value: Any) -> Industry:
    """An industry code."""
    return Industry(_text(value))


def quarter(value: Any) -> Quarter:
    """A quarter such as 2026Q3."""
    return Quarter.parse(_text(value))


def json_object(value: Any) -> str:
    """A JSON object, from a mapping or text, as one canonical text."""
    try:
        given = json.loads(value) if isinstance(value, str) else value
        if isinstance(given, Mapping):
            return prose(json.dumps(dict(given), ensure_ascii=False, sort_keys=True, allow_nan=False))
    except (ValueError, TypeError, RecursionError) as fault:
        raise InvalidInput(f"is no JSON: {str(fault)[:80]}") from fault
    raise InvalidInput("expected a JSON object")
