"""Ports that tell of what went through them, after the store has it for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from graph.model.sync_run import Link, Receipt, SyncRun
from graph.ports import BatchSink, Event, Events, Judged, RunLog

# What a run is at a moment; its cursor and its faults only grow, and are read with the row.
PASSING = (
    "state", "ended_at", "rows", "accepted", "duplicate", "corrected", "rejected", "superseded", "suspect", "bytes",
)  # fmt: skip


@dataclass(frozen=True)
class TellingSink:
    """A way into the store (graph.ports.BatchSink) that tells of each new batch."""

    sink: BatchSink
    events: Events

    def commit(self, batch: Judged) -> Receipt:
        """Write it, and tell unless it was there before."""
        receipt = self.sink.commit(batch)
        if not receipt.repeated:
            self.events.publish(Event("batch", receipt.batch))
        return receipt

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt given before for this key."""
        return self.sink.receipt(source, key, digest)


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
