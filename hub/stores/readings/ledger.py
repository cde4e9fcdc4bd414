"""The ledger as lists: batches, rejections, verdicts."""

from __future__ import annotations

from graph.ports import Ask, Page
from hub.stores.readings.database import Database
from hub.stores.readings.mirror import Mirror


class Ledger:
    """placeholder"""

    def __init__(self, database: Database, mirror: Mirror) -> None:
        self._database, self._mirror = database, mirror

    def rows(self, ask: Ask) -> Page:
        raise NotImplementedError
