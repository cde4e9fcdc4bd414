"""Lists of nouns: what is asked, what comes back, and how nouns are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from graph.errors import InvalidInput
from graph.model.principal import NATION, Reach

ROWS_PER_PAGE_MAX = 10_000  # one page of any list; more is what exports are for
Scalar: TypeAlias = str | int | bool | dt.date | dt.datetime | None


class Compare(StrEnum):
    """How a column is compared with a value."""

    EQ = "eq"
    IN = "in"
    GE = "ge"
    LT = "lt"
    CONTAINS = "contains"


@dataclass(frozen=True)
class Condition:
    """`column` compared with `value`; for IN a tuple."""

    column: str
    value: Scalar | tuple[Scalar, ...]
    compare: Compare = Compare.EQ


@dataclass(frozen=True)
class Order:
    """By one column; ties are broken by the row's id, so that pages never overlap."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Ask:
    """One list: which noun, within whose reach, which rows, in which order, which page of them.

    `after` and `before` are cursors earlier pages gave: only what stands between them is paged, its `first` rows or its
    `last`, in the list's own order either way. Neither count is given only inside the hub, never from a query.
    `as_of` asks for the rows as they stood at a moment: the whole list by its ids, without pages and cursors. Who may see a
    row is decided by where it lies now.
    """

    noun: str
    reach: Reach = NATION
    where: tuple[Condition, ...] = ()
    order: Order | None = None
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    want_total: bool = False
    as_of: dt.datetime | None = None

    def __post_init__(self) -> None:
        check_size(self.first, self.last)
        paged = (self.order, self.first, self.after, self.last, self.before)
        if self.as_of is not None and any(each is not None for each in paged):
            raise InvalidInput("a list of the past is read whole, without order and pages", "asOf")


def check_size(first: int | None, last: int | None) -> None:
    """Raise InvalidInput for a page from both ends at once, and for one of no row or of too many."""
    if first is not None and last is not None:
        raise InvalidInput("came beside first; a page is counted from one end of the list", "last")
    for place, rows in (("first", first), ("last", last)):
        if rows is not None and not 0 < rows <= ROWS_PER_PAGE_MAX:
            raise InvalidInput(f"came {rows}, expected 1 to {ROWS_PER_PAGE_MAX}", place)


@dataclass(frozen=True)
class Page:
    """Columns of a list's page. `cursors` has one entry a row, none of the past; `total` only where it was asked for.

    `has_next` and `has_previous` speak of the list: whether any row of it follows the page, or precedes it.
    """

    table: pa.Table
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    total: int | None = None


class RowSource(Protocol):
    """Lists of nouns as columns; permissions are applied here and nowhere else."""

    def rows(self, ask: Ask) -> Page:
        """One page. Raises InvalidInput for an unknown noun, column or cursor, and for a past that was not kept."""
        ...

    def known(self, ask: Ask) -> Page | None:
        """The same page where it is known without waiting for anything; None where it has to be asked for."""
        ...

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """A page each, asked in one statement a list whatever their number; they differ in their conditions alone."""
        ...

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """How many rows the whole list has for each value of the column `by`: columns `by` and `rows`, by the value.

        With `latest` a column of that name, too: its largest value. Order and page of the ask are left aside.
        Raises InvalidInput for an unknown noun or column, and for a past that was not kept.
        """
        ...


class RegistrySink(Protocol):
    """Writes of nouns, each change audited."""

    def upsert(
        self, noun: str, rows: Iterable[Mapping[str, Any]], who: str, reach: Reach = NATION
    ) -> Upserted:
        """Insert or change by the noun's natural key, all rows or none. Raises InvalidInput.

        A row outside the writer's `reach` is faulty.
        """
        ...


@dataclass(frozen=True)
class Upserted:
    """How many rows an upsert added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    same: int = 0
