"""What another hub has not seen yet: current readings of whole batches after its cursor."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import pyarrow as pa

from graph.model.principal import Reach
from graph.model.reading import EXCHANGED, origin_names
from hub.stores.readings.database import Database
from hub.stores.readings.figures import within
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.statements import run

ROWS_PER_CHUNK = 65_536  # what one piece of the stream holds
ROWS_PER_ANSWER_MAX = 1_000_000  # a puller comes back for more


@dataclass(frozen=True)
class Changes:
    """One answer: pieces of EXCHANGED, the cursor to come back with, and whether there is more."""

    pieces: Generator[pa.RecordBatch]
    cursor: int
    has_more: bool


def changes(database: Database, mirror: Mirror, reach: Reach, after: int, limit: int) -> Changes:
    """Readings within `reach` of the batches after `after`, at most about `limit` rows but at least one batch."""
    mirror.refresh()
    rows = max(1, min(limit, ROWS_PER_ANSWER_MAX))
    with database.reading() as cursor:
        found = run(cursor, "changes_upto", {"after": after, "limit": rows}).fetchone()
    upto, newest = found or (after, after)
    values = {**within(reach), "after": after, "upto": upto}
    return Changes(_pieces(database, values), upto, upto < newest)


def _pieces(database: Database, values: dict[str, str | int | None]) -> Generator[pa.RecordBatch]:
    with database.reading() as cursor:

        def read() -> Iterator[pa.RecordBatch]:
            yield from run(cursor, "changes", values).to_arrow_reader(ROWS_PER_CHUNK)

        for piece in database.on_all_cores_each(read()):
            table = pa.Table.from_batches([piece])
            origins = origin_names(table["origin"])
            columns = [
                origins if field.name == "origin" else table[field.name].cast(field.type)
                for field in EXCHANGED
            ]
            yield from pa.table(columns, schema=EXCHANGED).combine_chunks().to_batches()
