"""Recomputes what is kept beside the readings, and says where it differs: rollups, ledger, and the readings' own order.

Everything here asks the readings again, by the same rule as questions do, and compares with what the writer kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.stores.readings.arrow_tables import registered
from hub.stores.readings.contents import ledger_rows, links
from hub.stores.readings.database import Database, one_state
from hub.stores.readings.lanes import integers, lanes, scaled
from hub.stores.readings.point_columns import PointColumns
from hub.stores.readings.statements import run

UNITS_AT_ONCE = 500  # units recomputed by one statement: some millions of rows, in DuckDB's own memory
LINKS_AT_ONCE = 10_000  # of the ledger's chain, told as one step
_OF_UNITS = (("card", "check_cards_told"), ("reference", "check_references"), ("energy", "check_energy"))


@dataclass(frozen=True)
class Difference:
    """One place where what is kept is not what follows from the readings."""

    kind: str
    where: str
    kept: str
    recomputed: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: kept {self.kept}, recomputed {self.recomputed}"


@dataclass(frozen=True)
class Step:
    """How far a check has come: `done` of `total` things of one kind, and what differs among those just done."""

    kind: str
    done: int
    total: int
    differences: tuple[Difference, ...] = ()


def check(database: Database, sample: int | None = None, seed: int = 0) -> Iterator[Step]:
    """Check the ledger's chain, each batch's rows, what is kept of the registry, and the rollups of all units.

    With `sample` the rollups of so many units, taken by chance. All of it is one state of the store.
    """
    with database.reading() as cursor, one_state(cursor):
        yield from database.on_all_cores_each(_steps(cursor, sample, seed))


def _steps(cursor: duckdb.DuckDBPyConnection, sample: int | None, seed: int) -> Iterator[Step]:
    yield from _ledger(cursor)
    yield _compared(cursor, "batch", "check_batches", {})
    yield _compared(cursor, "reading", "check_readings", {})
    yield _compared(cursor, "moment", "check_moments", {})
    yield _compared(cursor, "held", "check_held", {})
    yield _compared(cursor, "owing", "check_owing", {})
    yield from _units(cursor, _chosen(cursor, sample, seed))
    yield _compared(cursor, "province energy", "check_provinces", {})


def _ledger(cursor: duckdb.DuckDBPyConnection) -> Iterator[Step]:
    total = int(cursor.execute("SELECT count(*) FROM batch").fetchall()[0][0])
    chain, done = links(ledger_rows(cursor)), 0
    while some := list(islice(chain, LINKS_AT_ONCE)):
        done += len(some)
        misfits = (link for link in some if not link.fits)
        found = (Difference("ledger", f"batch {link.batch}", link.head, link.expected) for link in misfits)
        yield Step("ledger", done, total, tuple(found))


def _chosen(cursor: duckdb.DuckDBPyConnection, sample: int | None, seed: int) -> Sequence[int]:
    """The units to look at, in order."""
    found = [unit for (unit,) in run(cursor, "units_to_check").fetchall()]
    if sample is None or sample >= len(found):
        return found
    return sorted(np.random.default_rng(seed).choice(found, sample, replace=False).tolist())


def _units(cursor: duckdb.DuckDBPyConnection, units: Sequence[int]) -> Iterator[Step]:
    points = PointColumns.of(cursor.execute("FROM point").to_arrow_table())
    for begin in range(0, len(units), UNITS_AT_ONCE):
        some = units[begin : begin + UNITS_AT_ONCE]
        values = {"first_unit": some[0], "last_unit": some[-1]}
        with registered(cursor, chosen=pa.table({"unit_id": pa.array(some, pa.int32())})):
            run(cursor, "check_rows", values)
            with registered(cursor, recomputed_lanes=_lanes(cursor, points)):
                cards = _compared(cursor, "card", "check_cards", values)
            others = [_compared(cursor, kind, question, values) for kind, question in _OF_UNITS]
        found = [difference for step in (cards, *others) for difference in step.differences]
        yield Step("units", begin + len(some), len(units), tuple(found))


def _lanes(cursor: duckdb.DuckDBPyConnection, points: PointColumns) -> pa.Table:
    """Both lanes of each card's readings, computed from the readings themselves."""
    rows = cursor.execute(
        "SELECT unit_id, point_id, granularity, day, start, value FROM checked"
    ).to_arrow_table()
    granularity = integers(rows["granularity"])
    first, second = lanes(
        points.code[points.places(integers(rows["unit_id"]), integers(rows["point_id"]))],
        _unsigned(integers(rows["start"])),
        _unsigned(granularity),
        _unsigned(scaled(rows["value"])),
    )
    keys = ["unit_id", "granularity", "day"]
    table = (
        rows.select(keys).append_column("lane_a", pa.array(first)).append_column("lane_b", pa.array(second))
    )
    found = table.group_by(keys).aggregate([("lane_a", "sum"), ("lane_b", "sum")])
    return found.rename_columns([*keys, "lane_a", "lane_b"])


def _unsigned(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    return numbers.astype(np.int64, copy=False).view(np.uint64)


def _compared(cursor: duckdb.DuckDBPyConnection, kind: str, question: str, values: Mapping[str, Any]) -> Step:
    """The rows of a question are differences: where, kept, recomputed."""
    found: Iterable[tuple[str, str, str]] = run(cursor, question, values).fetchall()
    return Step(kind, 1, 1, tuple(Difference(kind, *row) for row in found))
