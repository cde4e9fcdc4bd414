"""A source that changes its columns: what fits is read, what does not is named, and the rows as they came go along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import MalformedBody
from graph.model.drift import ColumnDrift, DriftKind
from graph.ports import RAW_ROW, Delivery
from provincial_adapters._mapping.arrange import arranged
from provincial_adapters._mapping.drift import drift_of
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters.file_drop import read
from tests.provincial_adapters.test_file_drop import GAS, HOURLY, POWER, deliveries, mapping, refused, rows

TWO_VALUES = [{"column": "kWh", "data_code": POWER}, {"column": "m3", "data_code": GAS}]
TIME = "2026-11-01 00:00"


def told(found: list[Delivery]) -> list[tuple[str, str]]:
    (drift,) = {delivery.drift for delivery in found}
    return [(each.column, each.kind) for each in drift]


def test_a_source_as_the_mapping_says_drifts_nowhere(tmp_path: Path) -> None:
    (found,) = deliveries(tmp_path, "time,kWh\n2026-11-01 00:00,1\n", mapping())
    assert found.drift == ()


def test_a_new_column_is_named_and_holds_nothing_up(tmp_path: Path) -> None:
    found = deliveries(tmp_path, "time,remark,kWh\n2026-11-01 00:00,!,1\n", mapping())
    assert told(found) == [("remark", "new")]
    assert [row["value"] for row in rows(found)] == ["1"]
    assert refused(found) == []


def test_a_column_that_the_mapping_leaves_aside_is_nothing_new(tmp_path: Path) -> None:
    given = mapping(ignored_columns=["remark"])
    (found,) = deliveries(tmp_path, "time,remark,kWh\n2026-11-01 00:00,!,1\n", given)
    assert found.drift == ()


def test_without_one_column_of_values_the_others_are_read_and_every_column_is_kept(tmp_path: Path) -> None:
    content = "time,Power,m3\n2026-11-01 00:00,7,2.5\n"
    (found,) = deliveries(tmp_path, content, mapping(values=TWO_VALUES))
    assert told([found]) == [("kWh", "missing"), ("Power", "new")]
    assert [(row["data_code"], row["value"]) for row in rows([found])] == [(GAS, "2.5")]
    assert found.raw is not None
    assert found.raw.to_pylist() == [{RAW_ROW: 2, "time": TIME, "Power": "7", "m3": "2.5"}]


@pytest.mark.parametrize(
    ("content", "missing"),
    [("day,kWh\n2026-11-01 00:00,1\n", "time"), ("time,MWh\n2026-11-01 00:00,1\n", "kWh")],
)
def test_without_a_column_that_every_reading_needs_each_row_is_refused_by_name(
    tmp_path: Path, content: str, missing: str
) -> None:
    found = deliveries(tmp_path, content, mapping())
    assert rows(found) == []
    (row,) = refused(found)
    assert (row["row"], row["code"]) == (2, "missing-column")
    assert row["why"] == f"mapped columns are missing: {missing!r}"
    assert row["raw"] == "2026-11-01 00:00, 1"


def test_rows_kept_as_they_came_are_read_by_a_mended_mapping(tmp_path: Path) -> None:
    (found,) = deliveries(tmp_path, "day,kWh\n2026-11-01 00:00,1\n", mapping())
    assert found.raw is not None
    again = arranged(Lines.of_raw(found.raw), mapping(label_column="day"))
    assert again.rejections.num_rows == 0
    assert [(row["row"], row["value"]) for row in again.table.to_pylist()] == [(2, "1")]


def test_who_reads_a_file_at_a_terminal_is_told_of_a_missing_column_before_anything_is_stored(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,MWh\n2026-11-01 00:00,1\n")
    with pytest.raises(MalformedBody, match=r"a\.csv: lacks mapped columns: 'kWh'"):
        list(read(path, mapping(), source="drop", strict=True))


def test_a_retyped_column_is_named_and_costs_its_own_readings(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"time": [TIME], "kWh": [[1]], "m3": [2]}), path)
    (found,) = read(path, mapping(values=TWO_VALUES), source="drop")
    assert found.drift == (ColumnDrift("kWh", DriftKind.RETYPED, "list<element: int64>"),)
    assert [(row["data_code"], row["value"]) for row in rows([found])] == [(POWER, None), (GAS, "2")]
    assert found.raw is not None
    assert found.raw.to_pylist() == [{RAW_ROW: 1, "time": TIME, "kWh": [1], "m3": 2}]


_NAMES = st.sampled_from(["time", "kWh", "m3", "unit", "note", "备注"])
_KINDS = st.sampled_from(
    [pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.list_(pa.int8()), pa.null()]
)


@given(st.dictionaries(_NAMES, _KINDS), st.integers(0, 4), st.booleans())
def test_whatever_columns_come_every_row_is_read_or_refused_and_none_is_lost(
    columns: dict[str, pa.DataType], count: int, by_column: bool
) -> None:
    unit: dict[str, Any] = {"unit_column": "unit"} if by_column else {"unit": HOURLY["unit"]}
    given_mapping = ColumnMapping.of_table(
        {**{key: HOURLY[key] for key in HOURLY if key != "unit"}, **unit, "values": TWO_VALUES}
    )
    numbers = pa.arange(1, count + 1).cast(pa.int32())
    lines = Lines(numbers, pa.table({name: pa.nulls(count, kind) for name, kind in columns.items()}))
    if not columns:
        lines = Lines(pa.array([], pa.int32()), lines.table)
    found, drift = arranged(lines, given_mapping), drift_of(lines, given_mapping)
    seen = {*found.table["row"].to_pylist(), *found.rejections["row"].to_pylist()}
    assert seen == set(lines.numbers.to_pylist())
    missing = {each.column for each in drift if each.kind is DriftKind.MISSING}
    assert missing == set(given_mapping.columns) - columns.keys()
    assert {each.column for each in drift if each.kind is DriftKind.NEW} == columns.keys() - set(
        given_mapping.columns
    )
