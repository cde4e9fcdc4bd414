"""Links, sync runs, batches and receipts (链路、同步、批次、回执)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graph.model.region import RegionCode
from graph.model.verdict import Rejection

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
    """A day a source was asked for: what came of it last, and when that was."""

    state: DayState
    asked_at: dt.datetime


@dataclass(frozen=True)
class Link:
    """One way readings come in: a province is a row like this one, never code.

    `quirks` is the dialect's own table of peculiarities (polarity of `valid`, mapping, label side);
    `credential` names a secret in the settings, never holds one; `cursor` is where the last run ended.
    """

    key: str
    dialect: str
    region: RegionCode
    address: str
    credential: str | None = None
    quirks: Mapping[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    enabled: bool = True

    @property
    def source(self) -> str:
        """What the ledger calls it: no client can have that name, so that none passes for a link."""
        return f"link:{self.key}"


@dataclass(frozen=True)
class SyncRun:
    """One run of a link with what it brought; a run that failed says which row, field and message.

    `quarantined` of the source's rows wait as they came. `drift` says how its columns differed: no failure, what fits is in.
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


@dataclass(frozen=True)
class Receipt:
    """What became of a batch, for whoever sent it; the same idempotency key always gets the same receipt.

    accepted + duplicate + corrected + superseded + rejected = rows. `superseded` rows are older than what is
    stored (or lost to a sibling in their own batch) and are kept as history. `suspect` counts stored rows with
    a verdict. `head` is the ledger's chain value after this batch. `rejected` names the first REJECTED_NAMED_MAX
    rows by their place, `rejected_count` counts all; all of them stand in quarantine, the ledger's noun rejection.
    `repeated` tells that its key had it before.
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
