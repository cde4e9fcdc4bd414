"""The readings store as the hub sees it: one object that opens the file and answers every port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pyarrow as pa

from graph.errors import NengshuError
from graph.model.monthly import Tolerance
from graph.model.principal import Reach
from graph.model.sync_run import Receipt
from graph.ports import (
    NOW,
    Ask,
    AsOf,
    BalanceAsk,
    Clock,
    CompletenessAsk,
    DigestAsk,
    FreshnessAsk,
    HistoryAsk,
    HopAsk,
    Judged,
    MonthlyAsk,
    Page,
    ReadingAsk,
)
from hub.stores.readings.changes import WHOLE, Backlog, Changes, Stretch, backlog, changes, flagged
from hub.stores.readings.check import Step, check
from hub.stores.readings.compacting import Folded, fold
from hub.stores.readings.database import Database
from hub.stores.readings.figures import Figures
from hub.stores.readings.holding import digests_brought
from hub.stores.readings.hops import Hops
from hub.stores.readings.ledger import Ledger
from hub.stores.readings.mirror import CONSUMPTION_USES, Dimensions, Mirror
from hub.stores.readings.monthly import Monthly
from hub.stores.readings.recounting import Recount, Told
from hub.stores.readings.witness import Nobody, Witness
from hub.stores.readings.writer import BatchWriter

USUAL = Tolerance()


class ReadingsStore:
    """Batches in, figures and the ledger out (BatchSink, FigureSource and RowSource of graph.ports)."""

    def __init__(
        self,
        path: Path | None,
        registry: Dimensions,
        clock: Clock,
        uses: Sequence[str] = CONSUMPTION_USES,
        tolerance: Tolerance = USUAL,
        witness: Witness | None = None,
    ) -> None:
        """Open the file at `path`, or keep everything in memory. Raises StoreError when it cannot be had.

        `uses` are the data codes' uses that count as consumption, `tolerance` is how far a month may lie from its days,
        `witness` tells what is known of missing values.
        """
        self._database, self._clock = Database(path), clock
        self._mirror = Mirror(self._database, registry, uses, clock.now)
        self._writer = BatchWriter(self._database, self._mirror)
        self._figures = Figures(self._database, self._mirror, clock)
        self._monthly = Monthly(self._database, self._mirror, clock, tolerance)
        self._hops = Hops(self._database, self._mirror, clock, witness or Nobody())
        self._ledger = Ledger(self._database, self._mirror)

    def commit(self, batch: Judged) -> Receipt:
        """Write a batch; durable when this returns."""
        return self._writer.commit(batch)

    def submit(self, batch: Judged) -> Future[Receipt]:
        """Hand a batch over without waiting; its receipt is there once it is durable."""
        return self._writer.submit(batch)

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt a key got before."""
        return self._writer.receipt(source, key, digest)

    def receipts(self, keys: Sequence[tuple[str, str, str]]) -> list[Receipt | NengshuError | None]:
        """What keys got before."""
        return self._writer.receipts(keys)

    def commit_all(self, batches: Sequence[Judged]) -> list[Receipt | NengshuError]:
        """Write batches, each for itself."""
        return self._writer.commit_all(batches)

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings as columns."""
        return self._figures.readings(ask)

    def stream(self, ask: ReadingAsk) -> Iterator[pa.RecordBatch]:
        """Readings piece by piece, in bounded memory."""
        return self._figures.stream(ask)

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """The energy balance as columns."""
        return self._figures.balance(ask)

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Completeness as columns."""
        return self._figures.completeness(ask)

    def hops(self, ask: HopAsk) -> pa.Table:
        """Completeness by hop, as columns. Raises TooLarge."""
        return self._hops.hops(ask)

    def evidence(self, ask: HopAsk) -> pa.Table:
        """What is known of a unit's missing slots."""
        return self._hops.evidence(ask)

    def freshness(self, ask: FreshnessAsk) -> pa.Table:
        """How far provinces have come, as columns."""
        return self._figures.freshness(ask)

    def latest(self, points: Sequence[tuple[int, int]], as_of: AsOf = NOW) -> pa.Table:
        """The last value of each point."""
        return self._figures.latest(points, as_of)

    def history(self, ask: HistoryAsk) -> pa.Table:
        """Everything ever said of some points: who, when, in which batch, what replaced it and why."""
        return self._figures.history(ask)

    def digests(self, ask: DigestAsk) -> pa.Table:
        """Count, exact sum and digest of units' days."""
        return self._figures.digests(ask)

    def held(
        self, ask: DigestAsk, *, taken_back: bool = False, brought_by: str | None = None
    ) -> Generator[pa.RecordBatch]:
        """The readings behind digests, piece by piece; only what a source brought, where one is named.

        Or else those that were `taken_back`, with nothing in their place.
        """
        return self._figures.held(ask, taken_back=taken_back, brought_by=brought_by)

    def recount(self, ask: DigestAsk, told: Told, *, mend: bool) -> Recount:
        """Hold what is kept of units' days against their readings; with `mend` it is made to follow from them."""
        return self._figures.recount(ask, told, mend=mend)

    def monthly(self, ask: MonthlyAsk) -> Page:
        """Months beside the sums of their days, as a page."""
        return self._monthly.page(ask)

    def monthly_by_province(self, ask: MonthlyAsk) -> pa.Table:
        """How many of them each province has."""
        return self._monthly.by_province(ask)

    def digests_brought(self, source: str) -> frozenset[str]:
        """Of which files the batches of a source were made."""
        return digests_brought(self._database, source)

    def rows(self, ask: Ask) -> Page:
        """Batches, rejections and verdicts as a list."""
        return self._ledger.rows(ask)

    def known(self, _: Ask) -> None:
        """Nothing of the ledger is known without asking."""

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """The same below several rows at once."""
        return self._ledger.pages(asks)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """How many of them there are by a column's values."""
        return self._ledger.counts(ask, by, latest)

    def last_batch(self) -> int:
        """Number of the ledger's last batch, 0 before the first."""
        return self._ledger.last_batch()

    def received_at(self, batch: int) -> dt.datetime | None:
        """When a batch was received; None for none of this number."""
        return self._ledger.received_at(batch)

    def version(self) -> int:
        """Another number than before once anything was written in between that does not only follow the registry.

        One process owns the file, so that none but it needs to know the number.
        """
        return self._database.writes

    def changes(self, reach: Reach, after: int, limit: int, stretch: Stretch = WHOLE) -> Changes:
        """What a hub that saw everything up to batch `after` has not seen."""
        return changes(self._database, self._mirror, reach, after, limit, stretch)

    def flagged(self, reach: Reach, after: int, upto: int) -> pa.Table:
        """Which of what it has not seen, up to another batch, was flagged as invalid by who sent it."""
        return flagged(self._database, reach, after, upto)

    def backlog(self, reach: Reach, after: int) -> Backlog:
        """How much of it speaks of which day."""
        return backlog(self._database, self._mirror, reach, after)

    def check(self, sample: int | None = None) -> Iterator[Step]:
        """Recompute rollups and the ledger's chain and say where they differ, step by step."""
        return check(self._database, sample)

    def fold(self) -> Folded:
        """Make the rollups of finished days small, without changing an answer."""
        return fold(self._database, self._clock.now())

    def close(self) -> None:
        """Write what was handed over, and let go of the file."""
        self._writer.close()
        self._database.close()
