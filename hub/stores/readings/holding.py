"""The readings behind digests: what holds of some units in a period, under its newest version, piece by piece."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

import pyarrow as pa

from graph.model.reading import EXCHANGED, origin_names
from hub.stores.readings.database import Database
from hub.stores.readings.statements import run

ROWS_PER_PIECE = 65_536  # what one piece of a stream holds: some megabytes


def exchanged(database: Database, question: str, values: Mapping[str, Any]) -> Generator[pa.RecordBatch]:
    """What a statement answers, as EXCHANGED: its columns are those of it, with origins as numbers."""
    with database.reading() as cursor:

        def read() -> Iterator[pa.RecordBatch]:
            yield from run(cursor, question, values).to_arrow_reader(ROWS_PER_PIECE)

        for piece in database.on_all_cores_each(read()):
            table = pa.Table.from_batches([piece])
            origins = origin_names(table["origin"])
            columns = [
                origins if field.name == "origin" else table[field.name].cast(field.type)
                for field in EXCHANGED
            ]
            yield from pa.table(columns, schema=EXCHANGED).combine_chunks().to_batches()


def digests_brought(database: Database, source: str) -> frozenset[str]:
    """Of which files the batches of a source were made, by the digests that their keys begin with."""
    with database.reading() as cursor:
        found = run(cursor, "digests_brought", {"source": source}).to_arrow_table()
    return frozenset(found["digest"].to_pylist())
