"""Rows as SQLite tells them are the readings they stand for, and go to a hub as the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_probe.hub_lines import ROWS_AT_ONCE, ndjson, packed
from edge_probe.readings import Spooled
from edge_probe.spool import Spool
from edge_probe.spooled_rows import SpooledRows
from tests.edge_probe.fakes import reading

VALUES = ("0", "12.3400", "0.0001", "1E+3", "99999999.9999")


@pytest.fixture
def rows() -> Iterator[SpooledRows]:
    spool = Spool(Path(":memory:"))
    spool.add_uplinks(["province"])
    said = [reading(f"{n % 24:02d}:15", VALUES[n % len(VALUES)]) for n in range(ROWS_AT_ONCE + 1)]
    spool.append([*said[:-1], replace(said[-1], origin="doubtful")])
    yield spool.unsent("province", len(said))
    spool.close()


def test_rows_and_the_objects_made_of_them_are_the_same_bytes(rows: SpooledRows) -> None:
    objects = list(rows)
    assert all(isinstance(each, Spooled) for each in objects)
    assert ndjson(rows) == ndjson(objects)
    assert ndjson(rows).count(b"\n") == ROWS_AT_ONCE + 1
    assert packed(rows) == packed(objects)
    assert gzip.decompress(packed(rows)) == ndjson(rows)


def test_a_row_is_found_by_its_place_and_some_by_theirs(rows: SpooledRows) -> None:
    assert (rows[0].sequence, rows[-1].sequence, len(rows)) == (1, ROWS_AT_ONCE + 1, ROWS_AT_ONCE + 1)
    assert [row.sequence for row in rows[1:3]] == [2, 3]
    assert rows[1:3].run == (2, 3, 2)
    assert rows[3:3].run is None
    assert rows[-1].reading.origin == "doubtful"


def test_rows_equal_the_same_rows_and_their_objects_and_no_others(rows: SpooledRows) -> None:
    assert rows == SpooledRows(list(rows.cells))
    assert rows == tuple(rows)
    assert rows != rows[1:]
    assert rows != 1
