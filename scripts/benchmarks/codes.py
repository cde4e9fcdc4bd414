"""Reading the unit and data codes of a day's batch: the intake's columns, against one row after the other.

A province hands in what 1 700 units of 100 points each used in one day: 170 000 rows, in which every credit code
occurs a hundred times and every data code in each unit. The intake parses each different text once
(`national_sync.columns.with_codes`); this says what that is worth, and that both ways read the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, product

import pyarrow as pa

from graph.errors import StoreError
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from national_sync.columns import with_codes
from scripts.benchmarks._figure import Figure, Wanted, best_seconds

UNITS, POINTS = 1_700, 100
ROWS = UNITS * POINTS


def figures() -> Iterable[Figure]:
    """Both ways over the same columns, their ratio, and rows a second."""
    table = _day()
    if _by_row(table) != _as_rows(with_codes(table)):
        raise StoreError("the two ways read different codes, so their times say nothing")
    row_s = best_seconds(lambda: _by_row(table), rounds=3)
    column_s = best_seconds(lambda: with_codes(table))
    yield Figure("row after row", row_s * 1000, "ms")
    yield Figure("as columns", column_s * 1000, "ms", 100, Wanted.AT_MOST)
    yield Figure("rows a second, as columns", ROWS / column_s, "rows/s", 2_000_000)
    yield Figure("times faster as columns", row_s / column_s, "x", 20)


def _day() -> pa.Table:
    places = product(("00", "01", "02"), ("00", "01"), VARIETIES, ("11", "30"))
    codes = [
        f"{process}-{part}-0000-{variety}-{use}" for process, part, variety, use in islice(places, POINTS)
    ]
    units = [CreditCode.of_body(f"91910100MA{number:07d}").text for number in range(UNITS)]
    rows = [(unit, code) for unit in units for code in codes]
    return pa.table({"unit": [unit for unit, _ in rows], "data_code": [code for _, code in rows]})


def _by_row(table: pa.Table) -> list[tuple[str, str]]:
    pairs = zip(table["unit"].to_pylist(), table["data_code"].to_pylist(), strict=True)
    return [(CreditCode.parse(unit).text, DataCode.parse(code).digits) for unit, code in pairs]


def _as_rows(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(table["unit"].to_pylist(), table["data_code"].to_pylist(), strict=True))
