"""Keeps the readings file's copy of units, points and coefficients equal to the registry's.

A balance must be one statement, so what it joins lives in the same file. The copy is replaced whole when the
registry's revision has moved; it is small beside the readings.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Protocol

import pyarrow as pa

from graph.model.energy import VARIETIES, Basis, Coefficient, coefficient_for
from graph.model.period import Granularity
from graph.model.reading import numbered
from hub.stores.readings.database import Database

FOREVER = dt.date(9999, 12, 31)


class Dimensions(Protocol):
    """What the registry tells the readings store."""

    def revision(self) -> int:
        """A number that moves whenever units, points or coefficients change."""
        ...

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """The revision with its units, points and coefficients as columns, all of one moment."""
        ...


class Mirror:
    """Refreshes the copy when it is asked and the registry has moved on; any thread may ask."""

    def __init__(self, database: Database, registry: Dimensions) -> None:
        self._database, self._registry = database, registry
        self._seen: int | None = None
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Make the copy equal to the registry, if it is not.

        One thread copies while others wait for it: two at once could let the older of two copies land last.
        """
        if self._registry.revision() == self._seen:
            return
        with self._lock:
            if self._registry.revision() != self._seen:
                revision, *tables = self._registry.dimensions()
                self._copy(*tables)
                self._seen = revision

    def _copy(self, units: pa.Table, points: pa.Table, coefficients: pa.Table) -> None:
        granularities = numbered(points["granularity"], Granularity)
        at = points.schema.get_field_index("granularity")
        with self._database.writing() as cursor:
            for name, table in {
                "unit": units,
                "point": points.set_column(at, "granularity", granularities),
                "coefficient": _spans(coefficients, units),
                "variety": _varieties(),
            }.items():
                columns = [row[0] for row in cursor.execute(f"DESCRIBE {name}").fetchall()]
                cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - a name of ours
                cursor.register("mirrored", table.select(columns))
                cursor.execute(f"INSERT INTO {name} SELECT * FROM mirrored")  # noqa: S608 - a name of ours
                cursor.unregister("mirrored")


def _varieties() -> pa.Table:
    known = list(VARIETIES.values())
    return pa.table({"code": [v.code for v in known], "native_unit": [v.unit.value for v in known]})


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
    )


_SPANS = pa.schema(
    {
        "unit_id": pa.int32(), "variety": pa.string(), "basis": pa.string(), "tce": pa.decimal128(12, 9),
        "edition": pa.string(), "since": pa.date32(), "until": pa.date32(),
    }
)  # fmt: skip
