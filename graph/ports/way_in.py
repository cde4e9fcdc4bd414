"""The way in: deliveries, what the rules make of them, and the one door into the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from graph.errors import NengshuError
from graph.model.drift import ColumnDrift
from graph.model.principal import NATION, Reach
from graph.model.quarantine import Kept
from graph.model.reading import Arrived
from graph.model.sync_run import AskedDay, Link, Receipt, RunFault, SyncRun

RAW_ROW = "nengshu:row"  # no column of a source is called so
RAW_CAME = "nengshu:came"  # when a row came last, where rows that are kept together did not come together


@dataclass(frozen=True)
class Delivery:
    """One batch on its way in: who sent it, under which key, its bytes' digest, its decoded rows.

    `reach` bounds the units it may speak of. `cursor` is where a pull may go on after this delivery. `raw` holds the rows
    as the source had them beside their number (RAW_ROW, int32), for who keeps those that are refused; None where rows
    came in no other form. `drift` says how the source's columns differ from what its mapping expects. `bytes_read` are those
    that were read of its source for it, packed as they came. `written_at` is when the source wrote what has no version of
    its own, where that is known. `withdraws` says that its rows are to hold no longer.
    """

    source: str
    key: str
    digest: str
    arrived: Arrived
    reach: Reach = NATION
    cursor: str | None = None
    raw: pa.Table | None = None
    drift: tuple[ColumnDrift, ...] = ()
    bytes_read: int = 0
    written_at: dt.datetime | None = None
    withdraws: bool = False


@dataclass(frozen=True)
class NounDelivery:
    """Rows of a registry noun that a pull brought. Nouns are pulled whole each time, so they have no cursor."""

    noun: str
    rows: Sequence[Mapping[str, Any]]
    bytes_read: int = 0


@dataclass(frozen=True)
class Handed:
    """What another hub made of a batch that was handed to it: readings are counted, `refused` says which rows, and why.

    `cursor` is where the link may go on once this is kept; `bytes_read` how much went over the wire.
    """

    rows: int = 0
    accepted: int = 0
    duplicate: int = 0
    corrected: int = 0
    rejected: int = 0
    superseded: int = 0
    suspect: int = 0
    cursor: str | None = None
    refused: tuple[RunFault, ...] = ()
    bytes_read: int = 0


@dataclass(frozen=True)
class Judged:
    """A delivery after the rules: rows to store (JUDGED), verdicts on them, rows refused (REJECTIONS).

    `region` is the smallest that holds every row and `province` the one it lies in, `unit` the one all rows speak
    of; each None where there is no such one. They decide who may look at the batch. Where it `withdraws`, its rows
    name what is to hold no longer, each with the value it holds.
    """

    source: str
    key: str
    digest: str
    received_at: dt.datetime
    province: str | None
    region: str | None
    unit: str | None
    table: pa.Table
    verdicts: pa.Table
    rejections: pa.Table
    withdraws: bool = False


class BatchSink(Protocol):
    """The one door into the readings store."""

    def commit(self, batch: Judged) -> Receipt:
        """Write all of it in one transaction, durable when this returns. The same key returns the same receipt.

        Raises Conflict when the key was used with another digest, StoreError when nothing was written.
        """
        ...

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt given before for this key, if there was one. Raises Conflict as commit does."""
        ...


class ManyBatchSink(Protocol):
    """The same door for several batches at once; what befalls one is its answer and costs no other."""

    def receipts(self, keys: Sequence[tuple[str, str, str]]) -> list[Receipt | NengshuError | None]:
        """What each (source, key, digest) got before: a receipt, a Conflict for other bytes, or nothing."""
        ...

    def commit_all(self, batches: Sequence[Judged]) -> list[Receipt | NengshuError]:
        """Write them, each for itself, all durable when this returns but those that have a fault for an answer."""
        ...


class PointDirectory(Protocol):
    """Which points units have."""

    def points(self, units: Sequence[str]) -> pa.Table:
        """unit, unit_id, province, region, data_code, point_id, due, low, high, state, until of these credit codes' points.

        `due` is the granularity a point is due at; its bounds are those of one such value.
        A unit without points has one row whose data_code is null; an unknown unit has none.
        """
        ...


class Puller(Protocol):
    """A dialect in which the hub asks and the source answers; or, where a link pushes, the other way round."""

    def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery | Handed]:
        """The source's nouns as they now stand, then readings since the link's cursor, in order.

        Only readings have a cursor. Of what is handed over comes what the other side made of it. Raises SourceError.
        """
        ...


class DayPuller(Protocol):
    """A dialect whose source is asked for one day at a time, in whatever order the days are due."""

    def pull_day(self, link: Link, day: dt.date) -> AsyncIterator[Delivery]:
        """The readings of a Beijing day; none where the source says that there are none.

        Raises SourceNotReady where the source says that it will have them later, and SourceError.
        """
        ...


class DayLog(Protocol):
    """Which days of a link came, and what they brought."""

    def days(self, link: Link) -> Mapping[dt.date, AskedDay]:
        """Every day that was asked for, with what came of it last."""
        ...

    def mark(self, link: Link, day: dt.date, asked: AskedDay) -> None:
        """Keep what came of a day, once all it brought is durable."""
        ...


class Quarantine(Protocol):
    """Where rows that could not be booked wait, as they came, for a mended mapping or a mended roster."""

    def keep(self, link: Link, delivery: Delivery, receipt: Receipt) -> Kept:
        """Keep the refused rows of a delivery with its drift; durable when this returns, and kept once however often.

        Raises StoreError where there is no room: nothing is dropped in silence.
        """
        ...

    def settle(self, link: Link, seen: Collection[ColumnDrift], who: str) -> None:
        """Settle what is open of a link's drift and was not seen in a whole run that brought rows."""
        ...


class RunLog(Protocol):
    """Where sync runs are kept and links remember how far they came."""

    def begin(self, link: Link, at: dt.datetime) -> int:
        """Store a running sync run and return its number."""
        ...

    def update(self, number: int, run: SyncRun) -> None:
        """Replace what is known of a run; a cursor in it becomes the link's."""
        ...
