"""What a link to an export says: which question, in which format, of which days, as of when. Anything else is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import QueryParams

from graph.discover import members_of
from graph.errors import InvalidInput
from graph.execution.arguments import (
    PeriodInput,
    among,
    as_given,
    bounded,
    conditions,
    credit_code,
    data_code,
    region_code,
)
from graph.execution.past import AsOfInput
from graph.model.energy import Basis, EnergyKind
from graph.model.period import Day, Granularity, Period
from graph.model.principal import Reach
from graph.model.unit import Tier
from graph.ports import BalanceAsk, Condition, Dimension
from hub.exports._format import Format
from hub.exports.questions import ReadingsAsk

FORMATS = {found.name: found for found in members_of("hub.exports.formats", "FORMAT", Format).values()}
WORD_MAX = 64  # characters of a value that are told back
T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)

_COMMON = ("format", "from", "to", "month", "quarter", "batch", "moment", "day", "unit", "province", "kind")
READINGS_WORDS = (*_COMMON, "granularity", "code")
PERSONS_WORDS = ("format", "province")
BALANCE_WORDS = (*_COMMON, "groupBy", "basis", "tier")


class Link:
    """The query of a link. Every method raises InvalidInput that names the word at fault."""

    def __init__(self, query: QueryParams, words: Sequence[str]) -> None:
        """Raises InvalidInput for a word that is none of `words`, so that a slip of the pen never widens an export."""
        for name in query:
            if name not in words:
                raise InvalidInput(f"is unknown, expected some of {', '.join(words)}", name[:WORD_MAX])
        self._query = query

    def format(self) -> Format:
        """Which format; CSV where none is named."""
        name = self._once("format")
        if name is None:
            return FORMATS["csv"]
        if name not in FORMATS:
            raise _strange("format", name, FORMATS)
        return FORMATS[name]

    def period(self) -> Period:
        """The days."""
        return PeriodInput(
            first=self._parsed("from", _day),
            last=self._parsed("to", _day),
            month=self._once("month"),
            quarter=self._once("quarter"),
        ).period()

    def past(self) -> AsOfInput | None:
        """A past state, where one is named."""
        given = AsOfInput(
            batch=self._parsed("batch", _number),
            moment=self._parsed("moment", _moment),
            day=self._parsed("day", _day),
        )
        return None if given == AsOfInput(batch=None, moment=None, day=None) else given

    def readings(self, reach: Reach) -> ReadingsAsk:
        """The question of readings, of the present state."""
        where = conditions(
            among("unit", self._many("unit"), credit_code),
            among("province", self._many("province"), region_code),
            among("code", self._many("code"), data_code),
            among("kind", self._words("kind", EnergyKind), as_given),
        )
        return ReadingsAsk(
            self.period(), self._word("granularity", Granularity, Granularity.DAY), where, reach
        )

    def persons(self) -> tuple[Condition, ...]:
        """Which persons."""
        return conditions(among("province", self._many("province"), region_code))

    def balance(self, reach: Reach) -> BalanceAsk:
        """The question of the balance, of the present state."""
        return BalanceAsk(
            self.period(),
            tuple(dict.fromkeys(self._words("groupBy", Dimension) or ())),
            reach,
            self._word("basis", Basis, Basis.CALORIFIC),
            bounded(self._many("province"), region_code, "province"),
            tuple(self._words("kind", EnergyKind) or ()),
            tuple(self._words("tier", Tier) or ()),
            bounded(self._many("unit"), credit_code, "unit"),
        )

    def _many(self, name: str) -> list[str] | None:
        return self._query.getlist(name) or None

    def _once(self, name: str) -> str | None:
        given = self._query.getlist(name)
        if len(given) > 1:
            raise InvalidInput(f"came {len(given)} times, expected once", name)
        return given[0] if given else None

    def _parsed(self, name: str, parse: Callable[[str], T]) -> T | None:
        text = self._once(name)
        if text is None:
            return None
        try:
            return parse(text)
        except (ValueError, InvalidInput) as fault:
            raise InvalidInput(f"came {text[:WORD_MAX]!r}: {fault}", name) from fault

    def _word(self, name: str, kind: type[Word], usual: Word) -> Word:
        text = self._once(name)
        return usual if text is None else _member(name, text, kind)

    def _words(self, name: str, kind: type[Word]) -> list[Word] | None:
        given = self._many(name)
        return None if given is None else [_member(name, text, kind) for text in given]


def _member(name: str, text: str, kind: type[Word]) -> Word:
    found = {str(member.value): member for member in kind}.get(text)
    if found is None:
        raise _strange(name, text, [str(member.value) for member in kind])
    return found


def _strange(name: str, text: str, expected: Sequence[str] | dict[str, Format]) -> InvalidInput:
    return InvalidInput(f"came {text[:WORD_MAX]!r}, expected one of {', '.join(expected)}", name)


def _day(text: str) -> dt.date:
    return Day.parse(text).date


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise ValueError("expected the number of a batch")
    return int(text)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in a link is a space
    if moment.tzinfo is None:
        raise ValueError("expected an offset, as 2026-11-01T00:00:00+08:00")
    return moment
