"""What this hub holds after a batch of its ledger, a page at a time, for who hands it to a platform above."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from graph.model.principal import Reach
from graph.model.reading import EXCHANGED
from hub.stores.readings.changes import WHOLE, Stretch
from hub.stores.readings.store import ReadingsStore

_BY_PLACE = [(name, "ascending") for name in ("unit", "data_code", "granularity", "start")]


@dataclass(frozen=True)
class LedgerPage:
    """Readings (EXCHANGED) of whole batches after one and up to another, in the order of their places."""

    table: pa.Table
    cursor: int
    has_more: bool


def ledger_page(
    store: ReadingsStore, reach: Reach, after: int, readings: int, stretch: Stretch = WHOLE
) -> LedgerPage:
    """About so many readings; the same ones in the same order whenever the same are asked for."""
    found = store.changes(reach, after, readings, stretch)
    with closing(found.pieces) as pieces:
        table = pa.Table.from_batches(pieces, EXCHANGED).sort_by(_BY_PLACE)
    return LedgerPage(table, found.cursor, found.has_more)
