"""Ports that tell of what went through them, after the store has it for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from graph.errors import NengshuError
from graph.model.sync_run import Link, Receipt, SyncRun
from graph.ports import BatchSink, Event, Events, Judged, ManyBatchSink, RunLog

# What a run is at a moment; its cursor and its faults only grow, and are read with the row.
PASSING = (
    "state", "ended_at", "rows", "accepted", "duplicate", "corrected", "rejected", "superseded", "suspect", "bytes",
)  # fmt: skip


class Sink(BatchSink, ManyBatchSink, Protocol):
    """A store that takes batches one by one and many at once."""


@dataclass(frozen=True)
class TellingSink:
    """A way into the store (graph.ports.BatchSink) that tells of each new batch."""

    sink: Sink
    events: Events

    def commit(self, batch: Judged) -> Receipt:
        """Write it, and tell unless it was there before."""
        receipt = self.sink.commit(batch)
        self._tell(receipt)
        return receipt

    def commit_all(self, batches: Sequence[Judged]) -> list[Receipt | NengshuError]:
        """Write them, and tell of each that was written."""
        found = self.sink.commit_all(batches)
        for each in found:
            if isinstance(each, Receipt):
                self._tell(each)
        return found

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt given before for this key."""
        return self.sink.receipt(source, key, digest)

    def receipts(self, keys: Sequence[tuple[str, str, str]]) -> list[Receipt | NengshuError | None]:
        """What keys got before."""
        return self.sink.receipts(keys)

    def _tell(self, receipt: Receipt) -> None:
        if not receipt.repeated:
            self.events.publish(Event("batch", receipt.batch))


@dataclass(frozen=True)
class TellingRuns:
    """A log of sync runs (graph.ports.RunLog) that tells of each entry."""

    runs: RunLog
    events: Events

    def begin(self, link: Link, at: dt.datetime) -> int:
        """Store a running run and tell of it."""
        number = self.runs.begin(link, at)
        self._tell(number, SyncRun(link.key, at))
        return number

    def update(self, number: int, run: SyncRun) -> None:
        """Replace what is known of a run and tell of it."""
        self.runs.update(number, run)
        self._tell(number, run)

    def _tell(self, number: int, run: SyncRun) -> None:
        self.events.publish(Event("sync_run", number, {name: getattr(run, name) for name in PASSING}))
