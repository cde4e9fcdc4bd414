"""What this hub holds after a batch of its ledger, a page at a time, for who hands it to a platform above."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.principal import Reach
from graph.model.reading import EXCHANGED, INSTANT
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


def page_with_flags(
    store: ReadingsStore, reach: Reach, after: int, readings: int, stretch: Stretch = WHOLE
) -> LedgerPage:
    """The same with a column `valid`: false of a reading that whoever sent it flagged as invalid."""
    page = ledger_page(store, reach, after, readings, stretch)
    flags = store.flagged(reach, after, page.cursor)
    if flags.num_rows == 0:
        return replace(page, table=page.table.append_column("valid", pa.repeat(True, page.table.num_rows)))
    start = flags["start"].cast(pa.timestamp("us")).cast(INSTANT)
    known = flags.set_column(flags.schema.get_field_index("start"), "start", start)
    known = known.append_column("flagged", pa.repeat(True, known.num_rows))
    both = page.table.join(known, [name for name, _ in _BY_PLACE], join_type="left outer").sort_by(_BY_PLACE)
    valid = pc.is_null(both["flagged"])
    return replace(page, table=both.select(page.table.column_names).append_column("valid", valid))
