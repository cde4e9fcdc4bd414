"""Links, sync runs, batches and receipts (链路、同步、批次、回执)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graph.errors import FaultyRows, InvalidInput, NengshuError, SourceError
from graph.model.daily_slot import DailySlot
from graph.model.region import RegionCode
from graph.model.verdict import Rejection

FAULTS_KEPT_MAX = 20  # of a run: what somebody mends before they look again
REFUSED_KEPT_MAX = 10  # rows a run shows of those that were refused; all of them stand in quarantine
MESSAGE_MAX = 500  # characters of one fault: what came may be as long as its sender likes
REJECTED_NAMED_MAX = 1_000  # rows a receipt names: more is a page of the ledger, not an answer to a sender


class RunState(StrEnum):
    """How a sync run ended, or that it has not."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DayState(StrEnum):
    """What came of asking a source for a day (数据日): readings, none, not yet, or a fault."""

    BROUGHT = "brought"
    EMPTY = "empty"
    NOT_READY = "not_ready"
    FAILED = "failed"


@dataclass(frozen=True)
class AskedDay:
    """A day a source was asked for: what came of it last, when that was, and the keys of what it then said, in order."""

    state: DayState
    asked_at: dt.datetime
    keys: tuple[str, ...] = ()


class Breaker(StrEnum):
    """Whether a link is tried (熔断): at its pace, not until some moment, or once to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Link:
    """One way readings come in: a province is a row like this one, never code.

    `quirks` is the dialect's own table of peculiarities (polarity of `valid`, mapping, label side);
    `credential` names a secret in the settings, never holds one; `cursor` is where the last run ended. `every_s` and
    `run_s_max` are its own pace and deadline, None: the hub's; `slot` is when of a day it may begin, None: always.
    A link that is paused has a reason, `paused_why`.
    """

    key: str
    dialect: str
    region: RegionCode
    address: str
    credential: str | None = None
    quirks: Mapping[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    enabled: bool = True
    every_s: float | None = None
    slot: DailySlot | None = None
    run_s_max: float | None = None
    paused_why: str | None = None

    @property
    def is_run(self) -> bool:
        """Whether it is to be run at all."""
        return self.enabled and self.paused_why is None

    @property
    def source(self) -> str:
        """What the ledger calls it: no client can have that name, so that none passes for a link."""
        return f"link:{self.key}"


@dataclass(frozen=True)
class RunFault:
    """What went wrong in a run (运行故障): where, as far as that is known, with the row and the field there.

    `is_end` tells one that the run broke off at from one that it only noted.
    """

    code: str
    message: str
    place: str | None = None
    row: int | None = None
    field: str | None = None
    is_end: bool = True
    retry_after_s: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", self.message[:MESSAGE_MAX])

    @classmethod
    def of(cls, error: NengshuError, place: str | None = None, *, is_end: bool = True) -> RunFault:
        """What an error says of itself; of several rows, of the first."""
        code, said = error.code, str(error)
        if isinstance(error, SourceError):
            where = (error.place or place, error.row, error.field)
            return cls(code, said, *where, is_end, error.retry_after_s)
        if isinstance(error, FaultyRows) and error.faults:
            return cls(code, said, place, error.faults[0].row, error.faults[0].column, is_end)
        field = error.place if isinstance(error, InvalidInput) else None
        return cls(code, said, place, None, field, is_end)


@dataclass(frozen=True)
class RefusedRow:
    """A row that a run brought and a rule or decoder refused, with the batch in whose quarantine it stands."""

    batch: int
    row: int
    code: str
    why: str


@dataclass(frozen=True)
class SyncRun:
    """One run of a link with what it brought; a run that failed says which row, field and message.

    `quarantined` of the source's rows wait as they came. `drift` says how its columns differed: no failure, what fits is in.
    `bytes` are those read from the source, packed as they came. `newest` is the end of the newest period that it brought
    and that was over, `lag_s` how long ago that was when the run ended. `duration_ms` is by a clock nobody sets.
    """

    link: str
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    state: RunState = RunState.RUNNING
    rows: int = 0
    accepted: int = 0
    duplicate: int = 0
    corrected: int = 0
    rejected: int = 0
    quarantined: int = 0
    drift: str | None = None
    cursor: str | None = None
    error: str | None = None
    superseded: int = 0
    suspect: int = 0
    bytes: int = 0
    duration_ms: int | None = None
    newest: dt.datetime | None = None
    lag_s: int | None = None
    faults: tuple[RunFault, ...] = ()
    refused: tuple[RefusedRow, ...] = ()

    @property
    def broke_off(self) -> RunFault | None:
        """The fault at which it ended before its source did."""
        return next((fault for fault in self.faults if fault.is_end), None)


def lag_s(newest: dt.datetime | None, now: dt.datetime) -> int | None:
    """How old the newest that came is (时延): whole seconds since the end of its period; None where nothing came."""
    return None if newest is None else max(0, int((now - newest).total_seconds()))


@dataclass(frozen=True)
class Receipt:
    """What became of a batch, for whoever sent it; the same idempotency key always gets the same receipt.

    accepted + duplicate + corrected + superseded + rejected + waiting = rows. `superseded` rows are older than what is
    stored (or lost to a sibling in their own batch) and are kept as history. `suspect` counts stored rows with
    a verdict. `head` is the ledger's chain value after this batch. `rejected` names the first REJECTED_NAMED_MAX
    rows by their place, `rejected_count` counts all; all of them stand in quarantine, the ledger's noun rejection.
    `repeated` tells that its key had it before. `waiting` rows of a device wait in quarantine for its province's word, and
    are not among the rejected ones here; batch 0 means that all do.
    """

    batch: int
    source: str
    key: str
    received_at: dt.datetime
    rows: int
    accepted: int
    duplicate: int
    corrected: int
    superseded: int
    suspect: int
    digest: str
    head: str
    rejected: tuple[Rejection, ...] = ()
    rejected_count: int = 0
    repeated: bool = field(default=False, compare=False)
    waiting: int = 0
