"""What a query may say in its arguments, and how it becomes the model's values and a source's conditions."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

import strawberry
from strawberry.utils.str_converters import to_camel_case

from graph.errors import InvalidInput, TooLarge
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import Day, Month, Period, Quarter
from graph.model.region import RegionCode
from graph.ports import Compare, Condition, check_size

ROWS_DEFAULT = 50  # rows of a page that says neither first nor last: what fits a screen
VALUES_MAX = 1_000  # values of one filter; a longer list is a join, and joins have fields of their own
TEXT_MAX = 64  # characters of a text looked for in names: the longest registered names have about forty
NAME_MAX = 200  # characters of a key's part that is a name, as the registry keeps them: a standard's edition
PERIOD_DAYS_MAX = (
    3_660  # ten years, longer than the programme's record; completeness makes a row for each day
)
_BEGINNING = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # before any hub

First: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description=f"Rows of this page at most, 1 to 10 000, from the beginning of the list; {ROWS_DEFAULT} where "
        "neither first nor last is given."
    ),
]
After: TypeAlias = Annotated[
    str | None,
    strawberry.argument(description="Only rows after this cursor; null for those from the beginning."),
]
Last: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description="Rows of this page at most, 1 to 10 000, from the end of the list; never beside first."
    ),
]
Before: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only rows before this cursor; null for those up to the end.")
]
Descending: TypeAlias = Annotated[bool, strawberry.argument(description="Whether the largest comes first.")]
OrderBy = strawberry.argument(description="The column the list goes by; ties go by age of entry.")
Filter = strawberry.argument(name="filter", description="Which rows; every condition given must hold.")


@dataclass(frozen=True)
class Paging:
    """Which page of a list, in which order; `column` None is the noun's own. Raises InvalidInput as an Ask does."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    column: str | None = None
    descending: bool = False

    def __post_init__(self) -> None:
        check_size(self.first, self.last)

    @property
    def bounds(self) -> dict[str, Any]:
        """The fields of graph.ports.Ask that say which page."""
        first = ROWS_DEFAULT if self.first is None and self.last is None else self.first
        return {"first": first, "after": self.after, "last": self.last, "before": self.before}


def paging(
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    order_by: Enum,
    descending: bool,
) -> Paging:
    """The page arguments of a list; an order's value is the column's name."""
    return Paging(first, after, last, before, str(order_by.value), descending)


# ---- periods and moments --------------------------------------------------------------------------------


@strawberry.input(description="A stretch of Beijing days: from and to, or a month, or a quarter.")
class PeriodInput:
    """Exactly one of the three ways."""

    first: dt.date | None = strawberry.field(name="from", description="First day, included; with `to`.")
    last: dt.date | None = strawberry.field(name="to", description="Last day, included; with `from`.")
    month: str | None = strawberry.field(description="A Beijing month, as 2026-11.")
    quarter: str | None = strawberry.field(description="A quarter (季度), as 2026Q4.")

    def period(self) -> Period:
        """The half-open period. Raises InvalidInput when no way, several ways, or too many days are given."""
        ways = [
            self.first is not None or self.last is not None,
            self.month is not None,
            self.quarter is not None,
        ]
        if sum(ways) != 1:
            raise InvalidInput("give from and to, or a month, or a quarter", "period")
        found = self._days() if ways[0] else self._named()
        if (found.end - found.start).days > PERIOD_DAYS_MAX:
            raise TooLarge(f"a period has at most {PERIOD_DAYS_MAX} days", "period")
        return found

    def _named(self) -> Period:
        return (
            Month.parse(self.month).period
            if self.month is not None
            else Quarter.parse(str(self.quarter)).period
        )

    def _days(self) -> Period:
        if self.first is None or self.last is None:
            raise InvalidInput("from and to go together", "period")
        return Period.of_days(Day(self.first).date, Day(self.last).date)


PeriodArgument: TypeAlias = Annotated[PeriodInput, strawberry.argument(description="The days asked for.")]

CODES_REMEMBERED = 2**15  # that passed: a gateway names the same thousand units again and again

# ---- codes ----------------------------------------------------------------------------------------------


@lru_cache(CODES_REMEMBERED)
def credit_code(text: str) -> str:
    """Checked, as the sources keep it. Raises MalformedCode."""
    return str(CreditCode.parse(text))


def region_code(text: str) -> str:
    """Six digits of a division. Raises MalformedCode."""
    return str(RegionCode(text))


@lru_cache(CODES_REMEMBERED)
def data_code(text: str) -> str:
    """Sixteen digits, from either written form. Raises MalformedCode."""
    return DataCode.parse(text).digits


def quarter(text: str) -> str:
    """As 2026Q4. Raises InvalidInput."""
    return str(Quarter.parse(text))


def day(text: str) -> dt.date:
    """As 2026-11-23. Raises InvalidInput."""
    return Day.parse(text).date


def whole_number(text: str) -> int:
    """A batch's or run's number. Raises InvalidInput."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput(f"{text[:24]!r} is not a whole number")
    return int(text)


def words(text: str, longest: int = NAME_MAX) -> str:
    """Text of a bounded length, written as the registry keeps it: composed (NFC), without blanks around it."""
    if len(text) > longest:
        raise TooLarge(f"a text has at most {longest} characters, came {len(text)}")
    return unicodedata.normalize("NFC", text).strip()


# ---- conditions -----------------------------------------------------------------------------------------


def conditions(*given: Condition | None) -> tuple[Condition, ...]:
    """Those that were given."""
    return tuple(condition for condition in given if condition is not None)


def among(column: str, values: Sequence[Any] | None, parse: Callable[[Any], Any] = words) -> Condition | None:
    """The column is one of these; None when nothing was given. Raises TooLarge past VALUES_MAX."""
    if values is None:
        return None
    return Condition(column, bounded(values, parse, column), Compare.IN)


def bounded(values: Sequence[Any] | None, parse: Callable[[Any], Any], place: str) -> tuple[Any, ...]:
    """A list argument's values, parsed. Raises TooLarge past VALUES_MAX."""
    given = values or ()
    if len(given) > VALUES_MAX:
        raise TooLarge(f"a list has at most {VALUES_MAX} values, came {len(given)}", to_camel_case(place))
    return tuple(parse(value) for value in given)


def word_of(member: Enum) -> Any:
    """What the sources keep of an enumeration's member."""
    return member.value


def as_given(value: Any) -> Any:
    """Numbers and days, which GraphQL has checked already."""
    return value


def equal(column: str, value: Any) -> Condition | None:
    """The column is this; None when nothing was given."""
    return None if value is None else Condition(column, value)


def contains(column: str, text: str | None) -> Condition | None:
    """The column holds this text somewhere; None when nothing was given. Raises TooLarge past TEXT_MAX."""
    return None if text is None else Condition(column, words(text, TEXT_MAX), Compare.CONTAINS)


def since(column: str, value: dt.date | dt.datetime | None) -> Condition | None:
    """The column is this or later."""
    return None if value is None else Condition(column, value, Compare.GE)


def before(column: str, value: dt.date | dt.datetime | None) -> Condition | None:
    """The column is earlier than this."""
    return None if value is None else Condition(column, value, Compare.LT)


def reached(column: str, wanted: bool | None) -> Condition | None:
    """A day stands in the column, or none does yet."""
    if wanted is None:
        return None
    return Condition(column, dt.date.min, Compare.GE) if wanted else Condition(column, None)


def happened(column: str, wanted: bool | None) -> Condition | None:
    """A moment stands in the column, or none does yet."""
    if wanted is None:
        return None
    return Condition(column, _BEGINNING, Compare.GE) if wanted else Condition(column, None)


def some(column: str, wanted: bool | None) -> Condition | None:
    """The count in the column is above zero, or it is zero."""
    if wanted is None:
        return None
    return Condition(column, 1, Compare.GE if wanted else Compare.LT)
