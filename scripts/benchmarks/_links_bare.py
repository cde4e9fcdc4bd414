"""Bare DuckDB with the hub's settings: the same rows appended to a plain table, nothing compared, kept or added up."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter, process_time

import duckdb
import numpy as np
import pyarrow as pa

from graph.model.period import Granularity
from graph.model.reading import Origin
from hub.stores.readings.database import SETTINGS

_AS_SENT = """CREATE TABLE as_sent (unit VARCHAR, data_code VARCHAR, granularity VARCHAR, start TIMESTAMPTZ,
    value DECIMAL(18, 4), version TIMESTAMPTZ, origin VARCHAR)"""
_AS_NUMBERS = """CREATE TABLE as_numbers (unit_id INTEGER, point_id INTEGER, granularity TINYINT, start TIMESTAMPTZ,
    value DECIMAL(18, 4), version TIMESTAMPTZ, origin TINYINT)"""


class Bare:
    """A DuckDB file of its own, written by one thread as the hub's is."""

    def __init__(self, file: Path) -> None:
        self._connection = duckdb.connect(str(file), config={**SETTINGS, "threads": 1})
        for table in (_AS_SENT, _AS_NUMBERS):
            self._connection.execute(table)

    def append(self, rows: pa.Table) -> tuple[float, float]:
        """Seconds, and seconds of CPU, until rows are durable as they are sent."""
        return self._appended("as_sent", rows)

    def append_numbers(self, rows: pa.Table) -> tuple[float, float]:
        """The same until they are with numbers for their words, which were worked out before."""
        return self._appended("as_numbers", _numbered(rows))

    def _appended(self, table: str, rows: pa.Table) -> tuple[float, float]:
        began, cpu = perf_counter(), process_time()
        self._connection.begin()
        self._connection.from_arrow(rows).insert_into(table)
        self._connection.commit()
        return perf_counter() - began, process_time() - cpu

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _numbered(rows: pa.Table) -> pa.Table:
    units, codes = (rows[name].combine_chunks().dictionary_encode().indices for name in ("unit", "data_code"))
    many = rows.num_rows
    return pa.table(
        {
            "unit_id": units,
            "point_id": codes,
            "granularity": np.full(many, Granularity.DAY.number, np.int8),
            "start": rows["start"],
            "value": rows["value"],
            "version": rows["version"],
            "origin": np.full(many, Origin.INSTRUMENT.number, np.int8),
        }
    )
