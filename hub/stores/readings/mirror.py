"""Keeps in the readings file what the registry says, and said before: units, points, coefficients, each with its span.

A figure must be one statement, so what it joins lives in the same file; and a figure of then takes the registry of
then. When the registry's revision has moved, what differs is closed and opened anew at one moment of its own, and the
rollups of the units concerned follow in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES, Basis, Coefficient, CoefficientSource, coefficient_for
from graph.model.period import MICROSECOND, Granularity
from graph.model.reading import numbered
from hub.stores.readings.database import Database
from hub.stores.readings.moments import BEGINNING, kept
from hub.stores.readings.point_columns import PointColumns
from hub.stores.readings.rederiving import rederive, remember
from hub.stores.readings.rolling import UnitColumns
from hub.stores.readings.statements import run

FOREVER = dt.date(9999, 12, 31)
CONSUMPTION_USES = ("11",)  # 11 was seen for plant consumption; the rest is unverified, so it is a setting
_HELD = ("unit", "point", "coefficient")


class Dimensions(Protocol):
    """What the registry tells the readings store."""

    def revision(self) -> int:
        """A number that moves whenever units, points or coefficients change."""
        ...

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """The revision with its units, points and coefficients as columns, all of one moment."""
        ...


class Mirror:
    """Refreshes the copy when it is asked and the registry has moved on; any thread may ask.

    `uses` are the data codes' uses that count as consumption.
    """

    def __init__(
        self,
        database: Database,
        registry: Dimensions,
        uses: Sequence[str],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._database, self._registry, self._uses, self._now = database, registry, uses, now
        self._seen: int | None = None
        self._lock = threading.Lock()
        self.changed_at = BEGINNING
        self.points, self.units = PointColumns.of(_NO_POINTS), UnitColumns.of()

    def refresh(self, moment: dt.datetime | None = None) -> None:
        """Make the copy equal to the registry, if it is not; `moment` is when it is noticed, now unless given.

        One thread copies while others wait for it: two at once could let the older of two copies land last.
        """
        if self._registry.revision() == self._seen:
            return
        with self._lock:
            if self._registry.revision() != self._seen:
                revision, units, points, coefficients = self._registry.dimensions()
                now = {
                    "unit": units,
                    "point": _counted(points, self._uses),
                    "coefficient": _spans(coefficients, units),
                }
                self._copy(now, kept(moment or self._now()))
                self._seen = revision

    def _copy(self, now: Mapping[str, pa.Table], moment: dt.datetime) -> None:
        with self._database.writing(follows=True) as cursor, self._database.on_all_cores():
            at = max(moment, _last(cursor) + MICROSECOND)
            changes = {name: _stage(cursor, name, now[name]) for name in _HELD}
            if any(changes.values()):
                self._change(cursor, at, changes)
            _write_varieties(cursor)
            self.changed_at = _last(cursor)
            self.points = PointColumns.of(cursor.execute("FROM point").to_arrow_table())
            own = frozenset(cursor.execute("FROM own_coefficient").fetchall())
            self.units = UnitColumns.of(cursor.execute("FROM unit").to_arrow_table(), own)

    def _change(self, cursor: duckdb.DuckDBPyConnection, at: dt.datetime, changes: Mapping[str, int]) -> None:
        """Close what holds no more, open what holds now, and let the rollups of the units concerned follow."""
        units = remember(cursor)
        for name, count in changes.items():
            if count:
                run(cursor, f"hold_{name}", {"at": at})
        if changes["point"]:
            run(cursor, "hold_owing", {"at": at})
        if units:
            rederive(cursor, at)
        run(cursor, "note_change", {"at": at, "units": units})


def _last(cursor: duckdb.DuckDBPyConnection) -> dt.datetime:
    """The latest moment the store knows, of a batch or of the registry."""
    found = run(cursor, "last_moment").fetchone()
    return found[0] if found and found[0] is not None else BEGINNING


def _stage(cursor: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> int:
    """Put beside the copy what differs from it: `<name>_gone` and `<name>_come`; how many rows that is."""
    described = cursor.execute(f"DESCRIBE {name}_held").fetchall()
    held = [row[0] for row in described if row[0] not in ("held_from", "held_until")]
    cursor.register("told", table.select(held))
    live = f"SELECT * EXCLUDE (held_from, held_until) FROM {name}_held WHERE held_until = for_ever()"  # noqa: S608 - names of ours
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name}_gone AS ({live} EXCEPT FROM told)")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name}_come AS (FROM told EXCEPT ({live}))")
    cursor.unregister("told")
    counted = f"SELECT (SELECT count(*) FROM {name}_gone) + (SELECT count(*) FROM {name}_come)"  # noqa: S608 - names of ours
    return int(cursor.execute(counted).fetchall()[0][0])


def _write_varieties(cursor: duckdb.DuckDBPyConnection) -> None:
    known = list(VARIETIES.values())
    if cursor.execute("SELECT count(*) FROM variety").fetchall() == [(len(known),)]:
        return
    told = pa.table(
        {
            "code": [v.code for v in known],
            "native_unit": [v.unit.value for v in known],
            "kind": [v.kind.value for v in known],
        }
    )
    cursor.execute("DELETE FROM variety")
    cursor.register("told", told)
    cursor.execute("INSERT INTO variety SELECT code, native_unit, kind FROM told")
    cursor.unregister("told")


def _counted(points: pa.Table, uses: Sequence[str]) -> pa.Table:
    """Points with their granularity as a number, whether balances count them and whether their values add up.

    Balances count plants as a whole (scope 1), of an energy, in a use that is consumption, once accepted.
    """
    at = points.schema.get_field_index("granularity")
    numbers = numbered(points["granularity"], Granularity)
    use = pc.utf8_slice_codeunits(points["data_code"], 14, 16)
    counts = pc.and_(
        pc.and_(pc.equal(points["scope"], 1), pc.is_valid(points["kind"])),
        pc.and_(
            pc.not_equal(points["state"], "proposed"), pc.is_in(use, value_set=pa.array(uses, pa.string()))
        ),
    )
    return (
        points.set_column(at, "granularity", numbers)
        .append_column("counts", counts)
        .append_column("adds_up", _adding_up(points["data_code"]))
    )


def _adding_up(codes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether finer values make up coarser ones, by the class in the code, once for each different class."""
    classes = pc.utf8_slice_codeunits(codes, 8, 10)
    adding = [digits for digits in pc.unique(classes).to_pylist() if _adds_up(digits)]
    return pc.is_in(classes, value_set=pa.array(adding, pa.string()))


def _adds_up(digits: str) -> bool:
    return DataCode("00000000" + digits + "000000").data_class.adds_up


def _spans(rows: pa.Table, units: pa.Table) -> pa.Table:
    """Coefficients as spans that never overlap, chosen by the model's own rule."""
    ids = dict(zip(units["credit_code"].to_pylist(), units["unit_id"].to_pylist(), strict=True))
    grouped: dict[tuple[str | None, str, Basis], list[Coefficient]] = defaultdict(list)
    for row in rows.to_pylist():
        entry = _coefficient(row)
        grouped[entry.unit, entry.variety, entry.basis].append(entry)
    spans = [
        {
            "unit_id": ids.get(unit) if unit else None,
            "variety": variety,
            "basis": basis.value,
            "tce": chosen.kgce.scaleb(-3),
            "edition": chosen.edition,
            "since": since,
            "until": until,
        }
        for (unit, variety, basis), entries in grouped.items()
        if unit is None or unit in ids
        for since, until, chosen in _chosen(entries)
    ]
    return pa.Table.from_pylist(spans, schema=_SPANS)


def _chosen(entries: list[Coefficient]) -> Iterable[tuple[dt.date, dt.date, Coefficient]]:
    edges = sorted({e.since for e in entries} | {e.until or FOREVER for e in entries})
    for since, until in pairwise(edges):
        first = entries[0]
        found = coefficient_for(entries, first.variety, first.basis, since, first.unit)
        if found is not None:
            yield since, until, found


def _coefficient(row: Mapping[str, Any]) -> Coefficient:
    return Coefficient(
        row["variety"],
        Basis(row["basis"]),
        row["kgce"],
        row["edition"],
        row["since"],
        row["until"],
        row["unit"],
        CoefficientSource(row["source"]),
    )


_SPANS = pa.schema(
    {
        "unit_id": pa.int32(), "variety": pa.string(), "basis": pa.string(), "tce": pa.decimal128(12, 9),
        "edition": pa.string(), "since": pa.date32(), "until": pa.date32(),
    }
)  # fmt: skip
_NO_POINTS = pa.schema(
    {
        "unit_id": pa.int32(), "point_id": pa.int32(), "data_code": pa.string(), "variety": pa.string(),
        "granularity": pa.int8(), "since": pa.date32(), "until": pa.date32(), "state": pa.string(),
        "counts": pa.bool_(), "adds_up": pa.bool_(), "waived_from": pa.date32(), "waived_until": pa.date32(),
    }
).empty_table()  # fmt: skip
