"""What is taken back: rows that hold no longer though nothing replaces them. Their history stays, as of any batch.

A row is taken back where its value is the one that was named; what was corrected meanwhile stays.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from hub.stores.readings.arriving import Arrival, Numbered
from hub.stores.readings.arrow_tables import insert
from hub.stores.readings.judging import Numbers, Rows, places
from hub.stores.readings.lanes import scaled
from hub.stores.readings.meeting import ROW, held_near
from hub.stores.readings.merging import FATES, Known, write_changes, write_rejections
from hub.stores.readings.statements import run


def withdraw(cursor: duckdb.DuckDBPyConnection, member: Numbered, known: Known) -> dict[str, int]:
    """Take back what a batch names, and say how many rows met which fate: what holds otherwise is a duplicate."""
    counts = dict.fromkeys(FATES, 0)
    write_rejections(cursor, [member])
    if not member.batch.table.num_rows:
        return counts
    arrival = Arrival.of([member])
    held = held_near(cursor, arrival, known.on_all_cores, months=known.months)
    named = _taken_back(arrival, held)
    counts["corrected"], counts["duplicate"] = len(named), arrival.table.num_rows - len(named)
    if len(named):
        _note(cursor, member, held.table.take(named), known)
        write_changes(cursor, arrival, _changes(member, held.table.take(named)), held.table, known)
        run(cursor, "withdraw_on_time", {"batch": member.number, "at": member.received})
    return counts


def _taken_back(arrival: Arrival, held: Rows) -> Numbers:
    """Where in what holds the rows stand that are named with the value they have, each once."""
    came = Rows.of(arrival.table, arrival.versions)
    met = places(came, held)
    if not len(held):
        return np.zeros(0, np.int64)
    same = (met >= 0) & (held.value[met] == scaled(arrival.table["value"]))
    return np.unique(met[same])


def _note(cursor: duckdb.DuckDBPyConnection, member: Numbered, gone: pa.Table, known: Known) -> None:
    by = pa.repeat(pa.scalar(member.number, pa.int32()), gone.num_rows)
    noted = gone.select([*ROW, "batch_id"])
    known.marked.add(noted)
    insert(cursor, "replaced", noted.append_column("replaced_by", by))
    insert(cursor, "withdrawn", noted.append_column("withdrawn_by", by))


def _changes(member: Numbered, gone: pa.Table) -> pa.Table:
    """What holds no longer, as changes of the rollups."""
    rows = gone.num_rows
    received = pa.repeat(pa.scalar(member.received_us, pa.int64()), rows)
    for name, column in {
        "received": received,
        "told_at": received.cast(pa.timestamp("us")),
        "sign": pa.repeat(pa.scalar(-1, pa.int8()), rows),
        "is_new": pa.repeat(pa.scalar(value=False), rows),
    }.items():
        gone = gone.append_column(name, column)
    return gone
