"""The readings store as the hub sees it: one object that opens the file and answers every port."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from graph.model.principal import Reach
from graph.model.sync_run import Receipt
from graph.ports import Ask, BalanceAsk, Clock, CompletenessAsk, Judged, Page, ReadingAsk
from hub.stores.readings.changes import Changes, changes
from hub.stores.readings.database import Database
from hub.stores.readings.figures import CONSUMPTION_USES, Figures
from hub.stores.readings.ledger import Ledger
from hub.stores.readings.mirror import Dimensions, Mirror
from hub.stores.readings.writer import BatchWriter


class ReadingsStore:
    """Batches in, figures and the ledger out (BatchSink, FigureSource and RowSource of graph.ports)."""

    def __init__(
        self,
        path: Path | None,
        registry: Dimensions,
        clock: Clock,
        uses: Sequence[str] = CONSUMPTION_USES,
    ) -> None:
        """Open the file at `path`, or keep everything in memory. Raises StoreError when it cannot be had.

        `uses` are the data codes' uses that count as consumption.
        """
        self._database = Database(path)
        self._mirror = Mirror(self._database, registry)
        self._writer = BatchWriter(self._database)
        self._figures = Figures(self._database, self._mirror, clock, uses)
        self._ledger = Ledger(self._database, self._mirror)

    def commit(self, batch: Judged) -> Receipt:
        """Write a batch; durable when this returns."""
        return self._writer.commit(batch)

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt a key got before."""
        return self._writer.receipt(source, key, digest)

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings as columns."""
        return self._figures.readings(ask)

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """The energy balance as columns."""
        return self._figures.balance(ask)

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Completeness as columns."""
        return self._figures.completeness(ask)

    def rows(self, ask: Ask) -> Page:
        """Batches, rejections and verdicts as a list."""
        return self._ledger.rows(ask)

    def changes(self, reach: Reach, after: int, limit: int) -> Changes:
        """What a hub that saw everything up to batch `after` has not seen."""
        return changes(self._database, self._mirror, reach, after, limit)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
