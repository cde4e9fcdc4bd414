"""What it costs to keep the readings encrypted: appends, a first and a later scan, opening, beside the plain file.

Columns of the size of readings go into a table of their own through the store's one door, so that nothing is
measured but the file. Plain and encrypted take turns and the shortest run of each counts: other work on the machine
disturbs both alike. The scan after opening decrypts every block; the next one finds them in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa

from hub.stores.readings.database import Database
from hub.stores.readings.opening import Key
from scripts.benchmarks._figure import Figure, Wanted

ROWS, BATCHES, ROUNDS = 170_000, 30, 5
KEY = Key("a key of the benchmark and of nothing else")
TIMES = ("append 5.1 M rows", "checkpoint", "open", "first scan", "later scan")
_APPEND = "INSERT INTO kept SELECT * FROM arrived"
_SCAN = "SELECT unit_id % 30, sum(value) FROM kept GROUP BY ALL"


def figures() -> Iterable[Figure]:
    """Each step plain and encrypted in milliseconds, and how many times longer it takes."""
    rows = _rows()
    best = {False: [float("inf")] * len(TIMES), True: [float("inf")] * len(TIMES)}
    for _ in range(ROUNDS):
        for encrypted, known in best.items():
            with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
                steps = _steps(Path(folder) / "readings.duckdb", KEY if encrypted else None, rows)
                best[encrypted] = [min(pair) for pair in zip(known, steps, strict=True)]
    for name, plain, sealed in zip(TIMES, best[False], best[True], strict=True):
        yield Figure(f"{name}, plain", plain * 1000, "ms")
        yield Figure(f"{name}, encrypted", sealed * 1000, "ms")
    for at in (0, 3):
        yield Figure(f"times longer: {TIMES[at]}", best[True][at] / best[False][at], "x", 2, Wanted.AT_MOST)


def _rows() -> list[pa.Table]:
    number = np.arange(ROWS)
    return [
        pa.table(
            {
                "unit_id": (number // 100).astype("int32"),
                "point_id": (number % 100).astype("int32"),
                "start": pa.array(np.full(ROWS, batch * 900_000_000), pa.timestamp("us")),
                "value": pa.array((number * 7919 + batch * 104_729) % 1_000_003 / 8).cast(
                    pa.decimal128(18, 4)
                ),
            }
        )
        for batch in range(BATCHES)
    ]


def _steps(path: Path, key: Key | None, rows: list[pa.Table]) -> Iterator[float]:
    """Seconds of each step, in the order of TIMES."""
    with closing(Database(path, lambda: key)) as database:
        began = perf_counter()
        for number, table in enumerate(rows):
            with database.writing() as cursor:
                cursor.register("arrived", table)
                cursor.execute(_APPEND if number else "CREATE TABLE kept AS SELECT * FROM arrived")
                cursor.unregister("arrived")
        yield perf_counter() - began
        began = perf_counter()
        with database.reading() as cursor:
            cursor.execute("CHECKPOINT")
        yield perf_counter() - began
    began = perf_counter()
    with closing(Database(path, lambda: key)) as database:
        yield perf_counter() - began
        for _ in range(2):
            began = perf_counter()
            with database.reading() as cursor:
                cursor.execute(_SCAN).fetchall()
            yield perf_counter() - began
