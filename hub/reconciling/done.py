"""What a reconciliation came to, step by step, and as the registry keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import Granularity
from graph.model.reconciliation import Method, Reconciliation, UnitDay
from graph.model.sync_run import Link, Receipt
from graph.ports import DigestAsk
from national_sync.comparing import NO_DAYS, NO_UNITS, Compared
from national_sync.mending import Mend

_PLACES = Decimal("0.000001")
Tell: TypeAlias = Callable[[str, int, int], None]
COUNTING, MENDING, READING = "counting", "mending", "reading"  # what is told of


def in_silence(_what: str, _done: int, _of: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True)
class Sample:
    """Of how many days the source was read again how many were, and the seed that chose them; None: none did."""

    days: int
    read: int
    seed: int | None = None

    @property
    def share(self) -> Decimal:
        """How much of all it is, to six places."""
        return (Decimal(self.read) / self.days).quantize(_PLACES)


@dataclass(frozen=True)
class Files:
    """How many files lie there; of these the ledger did not know some, and of those it knows some are gone."""

    listed: int
    unknown: int
    gone: int


@dataclass(frozen=True)
class Reconciled:
    """What a reconciliation came to: what differed, which readings were booked or left, and what differs still.

    A mend's `missing` and `changed` were booked at the end that takes readings from the other one, be it here (a link that
    pulls) or there (one that pushes). `rows_read` readings and `bytes_read` in all came from the other end.
    """

    link: Link
    began: dt.datetime
    ask: DigestAsk
    found: Compared
    mends: tuple[Mend, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    recounted: int = 0
    handed_over: int = 0
    given_back: int = 0
    left: Compared | None = None
    rows_read: int = 0
    bytes_read: int = 0
    method: Method = Method.DIGESTS
    sample: Sample = Sample(1, 1)
    read: Mapping[dt.date, frozenset[str]] | None = None
    files: Files | None = None

    @property
    def agrees(self) -> bool:
        """Whether both ends hold the same now."""
        return (self.left or self.found).agrees

    def rows(self, of: Callable[[Mend], pa.Table]) -> int:
        """How many readings of a kind there were."""
        return sum(of(mend).num_rows for mend in self.mends)

    def followed_by(self, more: Reconciled) -> Reconciled:
        """This one and another that came after it, as one."""
        return replace(
            more,
            began=self.began,
            found=self.found,
            left=more.left or more.found,
            mends=(*self.mends, *more.mends),
            receipts=(*self.receipts, *more.receipts),
            handed_over=self.handed_over + more.handed_over,
            given_back=self.given_back + more.given_back,
            rows_read=self.rows_read + more.rows_read,
            bytes_read=self.bytes_read + more.bytes_read,
        )

    def kept(self, whole: Reconciliation, ended: dt.datetime) -> Reconciliation:
        """As the registry keeps it; `whole` names the link, the period and when it began."""
        left = self.left or self.found
        return replace(
            whole,
            ended_at=ended,
            as_of=self.ask.as_of.batch,
            buckets=self.found.buckets,
            bytes_read=self.bytes_read,
            rows_read=self.rows_read,
            recounted=self.recounted,
            missing=self.rows(attrgetter("missing")),
            changed=self.rows(attrgetter("changed")),
            newer_here=self.rows(attrgetter("newer_here")),
            taken_back=self.rows(attrgetter("taken_back")),
            gone_there=self.rows(attrgetter("gone_there")),
            given_back=self.given_back,
            left=tuple(_unit_day(row) for row in left.days.to_pylist()),
            method=self.method,
            share=self.sample.share,
            seed=self.sample.seed,
            read=self.read,
        )


def nothing_yet(link: Link, began: dt.datetime, ask: DigestAsk, method: Method) -> Reconciled:
    """A reconciliation that has found nothing so far."""
    return Reconciled(link, began, ask, Compared(NO_UNITS, NO_DAYS, 0), method=method)


def units_that_differ(found: Compared) -> int:
    """How many units do."""
    return int(pc.count_distinct(found.days["unit"]).as_py())


def _unit_day(row: Mapping[str, Any]) -> UnitDay:
    names = ("unit", "day", "here_readings", "here_total", "there_readings", "there_total")
    return UnitDay(**{name: row[name] for name in names}, granularity=Granularity(row["granularity"]))
