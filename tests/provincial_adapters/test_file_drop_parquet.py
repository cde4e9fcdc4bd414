"""Parquet that was laid down: exact types, rows counted from one, bounds that a small file cannot pass."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import MalformedBody, TooLarge
from provincial_adapters.file_drop import read
from tests.provincial_adapters.test_file_drop import POWER, hour, mapping, rows


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_keeps_exact_types_and_counts_rows_from_one(tmp_path: Path) -> None:
    starts = pa.array([hour(0), hour(1)], pa.timestamp("ms", tz="UTC"))
    values = pa.array([Decimal("1.5"), Decimal("2.25")], pa.decimal128(12, 2))
    path = parquet(tmp_path / "a.parquet", time=starts, kWh=values, other=pa.array([1, 2]))
    found = rows(list(read(path, mapping(), source="drop")))
    assert [(row["row"], row["start"], row["value"]) for row in found] == [
        (1, hour(0), Decimal("1.50")),
        (2, hour(1), Decimal("2.25")),
    ]


def test_parquet_text_dictionaries_and_naive_local_times_are_read(tmp_path: Path) -> None:
    naive = pa.array([dt.datetime(2026, 11, 1, 1)], pa.timestamp("us"))  # noqa: DTZ001 - a file's own naive time
    path = parquet(tmp_path / "a.parquet", time=naive, kWh=pa.array(["0.002"]).dictionary_encode())
    given = mapping(label="end", values=[{"column": "kWh", "data_code": POWER, "measure": "MWh"}])
    (row,) = rows(list(read(path, given, source="drop")))
    assert (row["start"], row["value"]) == (hour(0), "2")


def test_parquet_that_is_cut_off_is_told(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", time=pa.array(["2026-11-01 00:00"]), kWh=pa.array(["1"]))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(MalformedBody, match="not a whole Parquet file"):
        list(read(path, mapping(), source="drop"))


def test_parquet_that_claims_too_many_rows_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path / "a.parquet", time=pa.array(["2026-11-01 00:00"] * 20), kWh=pa.array(["1"] * 20))
    monkeypatch.setattr("provincial_adapters._file_drop.parquet_lines.ROWS_MAX", 10)
    with pytest.raises(TooLarge, match="claims 20 rows"):
        list(read(path, mapping(), source="drop"))


def test_a_long_text_that_every_row_repeats_is_not_spelt_out(tmp_path: Path) -> None:
    rows_of, text = 20_000, "x" * 10_000
    path = parquet(tmp_path / "a.parquet", time=pa.array([text] * rows_of), kWh=pa.array(["1"] * rows_of))
    assert path.stat().st_size < 200_000
    before = pa.total_allocated_bytes()
    peak = pa.default_memory_pool().max_memory()
    (found, *_) = read(path, mapping(), source="drop")
    assert found.raw is not None
    assert found.raw.nbytes < 20_000_000
    assert pa.total_allocated_bytes() - before < 100_000_000
    assert pa.default_memory_pool().max_memory() <= max(peak, before + 100_000_000)
