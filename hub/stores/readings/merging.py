"""The rows of one group go into the file: what they meet, what becomes of each, and the rollups that follow.

Most batches meet nothing: their rows are written as they are. The others are held against what holds on the days they
speak of (meeting.py), and against nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.stores.readings.arriving import IDS_PER_BATCH, Arrival, Numbered, enriched
from hub.stores.readings.arrow_tables import insert, registered
from hub.stores.readings.judging import (
    CONFIRMED,
    DUPLICATE,
    NEW,
    NEWER,
    SUPERSEDED,
    Judgement,
    Numbers,
    Rows,
    judge,
)
from hub.stores.readings.lanes import integers
from hub.stores.readings.marked import Marked
from hub.stores.readings.meanwhile import meanwhile
from hub.stores.readings.meeting import ROW, held_near, looked_back
from hub.stores.readings.point_columns import PointColumns
from hub.stores.readings.rolling import (
    UnitColumns,
    by_province,
    cards_of,
    dated,
    is_plain,
    plain_energy,
    readings_of,
)
from hub.stores.readings.statements import run

ROWS_WORTH_A_THREAD = 10_000  # fewer are written before a thread has started
FATES = ("accepted", "duplicate", "corrected", "superseded", "suspect")


@dataclass(frozen=True)
class Known:
    """What is known before a group is written: points and units as columns, and whether months were ever said.

    What reads much of the file is run under `on_all_cores`. `marked` is told what will stand beside values.
    """

    points: PointColumns
    units: UnitColumns
    months: bool
    on_all_cores: Callable[[], AbstractContextManager[None]]
    marked: Marked


def merge(
    cursor: duckdb.DuckDBPyConnection, group: Sequence[Numbered], known: Known
) -> dict[int, dict[str, int]]:
    """Write the rows of a group and say, batch by batch, how many met which fate."""
    counts = {member.number: dict.fromkeys(FATES, 0) for member in group}
    if not group:
        return counts
    arrival = Arrival.of(group)
    if arrival.table.num_rows:
        judgement = _write_rows(cursor, arrival, known)
        unkept = arrival.table.select(["batch_id", "row"]).take(
            judgement.rows_of(DUPLICATE, CONFIRMED, SUPERSEDED)
        )
        _count_fates(counts, integers(arrival.table["batch_id"]), judgement)
    else:
        unkept = arrival.table.select(["batch_id", "row"])
    _write_verdicts(cursor, group, unkept, counts, known.marked)
    write_rejections(cursor, group)
    return counts


def _write_rows(cursor: duckdb.DuckDBPyConnection, arrival: Arrival, known: Known) -> Judgement:
    """Judge the rows against what holds, write them and all that follows."""
    held = held_near(cursor, arrival, known.on_all_cores, months=known.months)
    came = Rows.of(arrival.table, arrival.versions)
    if len(held) or arrival.twice:
        judgement = judge(came, arrival.versioned, held)
        judgement = looked_back(cursor, arrival, judgement)
        _write_history(cursor, arrival, held, judgement, known.marked)
        changes = _changes(arrival, held, judgement)
    else:
        judgement = Judgement(np.full(len(came), NEW, np.int8), np.full(len(came), -1, np.int64))
        changes = arrival.as_new()
    if changes.num_rows:
        write_changes(cursor, arrival, changes, held.table, known)
    return judgement


def _write_history(
    cursor: duckdb.DuckDBPyConnection, arrival: Arrival, held: Rows, judgement: Judgement, marked: Marked
) -> None:
    """What is replaced, what came too late, and what was only confirmed."""
    version = arrival.table.schema.get_field_index("version")
    rows = arrival.table.set_column(version, "version", arrival.versions)
    if len(late := judgement.rows_of(SUPERSEDED)):
        columns = [*ROW, "value", "version", "origin", "batch_id"]
        insert(cursor, "outdated", rows.select(columns).take(late))
    if len(newer := judgement.rows_of(NEWER)):
        gone = rows.select([*ROW, "batch_id"]).take(newer).rename_columns([*ROW, "replaced_by"])
        gone = gone.add_column(len(ROW), "batch_id", held.table["batch_id"].take(judgement.met[newer]))
        marked.add(gone)
        insert(cursor, "replaced", gone)
    if len(again := judgement.rows_of(CONFIRMED)):
        said = rows.select([*ROW, "version"]).take(again)
        said = said.append_column("batch_id", held.table["batch_id"].take(judgement.met[again]))
        insert(cursor, "confirmed", said.append_column("confirmed_by", rows["batch_id"].take(again)))


def _changes(arrival: Arrival, held: Rows, judgement: Judgement) -> pa.Table:
    """Rows that come to hold (sign 1), and those they replace (sign -1)."""
    come, newer = judgement.rows_of(NEW, NEWER), judgement.rows_of(NEWER)
    added = arrival.as_new()
    if len(come) < arrival.table.num_rows or len(newer):
        added = added.take(come)
        is_new = pa.array(judgement.fate[come] == NEW)
        added = added.set_column(added.schema.get_field_index("is_new"), "is_new", is_new)
    if not len(newer):
        return added
    gone = arrival.as_new().take(newer)
    replaced = held.table.take(judgement.met[newer])
    for name, column in {
        **{name: replaced[name] for name in ("value", "version", "origin")},
        "sign": pa.repeat(pa.scalar(-1, pa.int8()), len(newer)),
        "is_new": pa.repeat(pa.scalar(value=False), len(newer)),
    }.items():
        gone = gone.set_column(gone.schema.get_field_index(name), name, column)
    return pa.concat_tables([added, gone.cast(added.schema)]).combine_chunks()


def write_changes(
    cursor: duckdb.DuckDBPyConnection, arrival: Arrival, changes: pa.Table, held: pa.Table, known: Known
) -> None:
    """The rows that come to hold, and the rollups of all that changed."""
    rows = readings_of(changes)
    if rows.num_rows < ROWS_WORTH_A_THREAD:
        insert(cursor, "reading", rows)
        changed = _Changed.of(changes, held, known.points)
    else:
        with meanwhile(partial(insert, cursor, "reading", rows)):
            changed = _Changed.of(changes, held, known.points)
    insert(cursor, "card", changed.cards)
    if changed.counted.num_rows == 0:
        return
    energy = _weighed(cursor, changed.counted, changed.near) if changed.energy is None else changed.energy
    last = pc.max(arrival.table["told_at"]).as_py()
    insert(cursor, "energy", dated(energy, arrival.whose))
    insert(cursor, "province_energy", by_province(energy, known.units, last))


@dataclass(frozen=True)
class _Changed:
    """What changes make of the rollups, without the database: `energy` is there where days just add up."""

    cards: pa.Table
    counted: pa.Table
    near: pa.Table
    energy: pa.Table | None

    @classmethod
    def of(cls, changes: pa.Table, held: pa.Table, points: PointColumns) -> _Changed:
        """From changes and what held near them."""
        changes = enriched(changes, points)
        counted = changes.filter(changes["counts"])
        places = points.places(integers(held["unit_id"]), integers(held["point_id"]))
        near = held.filter(pa.array(points.counts[places]))
        plain = counted.num_rows and is_plain(counted, near)
        return cls(cards_of(changes), counted, near, plain_energy(counted, points) if plain else None)


def _weighed(cursor: duckdb.DuckDBPyConnection, changes: pa.Table, near: pa.Table) -> pa.Table:
    """What changed rows change of energy by unit, by the rule that whole parts count before a period's own value."""
    with registered(cursor, changed=changes, held=near):
        run(cursor, "sides")
        run(cursor, "weigh")
    return cursor.execute("FROM energy_change").to_arrow_table()


def _count_fates(counts: Mapping[int, dict[str, int]], batches: Numbers, judgement: Judgement) -> None:
    """How many rows of each batch met which fate."""
    first = int(batches.min())
    for fates, name in (
        ((NEW,), "accepted"),
        ((DUPLICATE, CONFIRMED), "duplicate"),
        ((NEWER,), "corrected"),
        ((SUPERSEDED,), "superseded"),
    ):
        found = np.bincount(batches[judgement.rows_of(*fates)] - first)
        for place in np.flatnonzero(found).tolist():
            counts[first + place][name] = int(found[place])


def _write_verdicts(
    cursor: duckdb.DuckDBPyConnection,
    group: Sequence[Numbered],
    unkept: pa.Table,
    counts: Mapping[int, dict[str, int]],
    marked: Marked,
) -> None:
    judged = _with_ids(group, [member.batch.verdicts for member in group], "rule")
    if judged.num_rows == 0:
        return
    marked.add(judged)
    with registered(cursor, judged=judged, unkept=unkept):
        run(cursor, "write_verdicts")
    _count(counts, run(cursor, "count_suspects", {"first_batch": group[0].number}).to_arrow_table())


def write_rejections(cursor: duckdb.DuckDBPyConnection, group: Sequence[Numbered]) -> None:
    refused = _with_ids(group, [member.batch.rejections for member in group], "code")
    if refused.num_rows:
        with registered(cursor, refused=refused):
            run(cursor, "write_rejections")


def _with_ids(group: Sequence[Numbered], tables: Sequence[pa.Table], second: str) -> pa.Table:
    """Rows of all batches, by their place and `second`, with an id of their own and the number of their batch."""
    parts = []
    for member, table in zip(group, tables, strict=True):
        if table.num_rows or member is group[0]:
            first = member.number * IDS_PER_BATCH + 1
            table = table.sort_by([("row", "ascending"), (second, "ascending")])
            ids = pa.array(range(first, first + table.num_rows), pa.int64())
            batch = pa.repeat(pa.scalar(member.number, pa.int32()), table.num_rows)
            parts.append(table.append_column("id", ids).append_column("batch_id", batch))
    return pa.concat_tables(parts)


def _count(counts: Mapping[int, dict[str, int]], found: pa.Table) -> None:
    for row in found.to_pylist():
        mine = counts[row.pop("batch_id")]
        mine.update({name: int(number) for name, number in row.items()})
