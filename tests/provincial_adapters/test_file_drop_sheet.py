"""A workbook that was laid down: numbers as typed, rows as a program for sheets counts them, and nothing it can break."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter.workbook import Workbook

from graph.errors import MalformedBody
from graph.model.drift import DriftKind
from graph.ports import RAW_ROW, Delivery
from provincial_adapters.file_drop import read
from tests.provincial_adapters.test_file_drop import GAS, POWER, hour, mapping, rows

MOMENT = {"num_format": "yyyy-mm-dd hh:mm"}
MIDNIGHT = dt.datetime(2026, 11, 1)  # noqa: DTZ001 - a sheet knows no zones
TWO_VALUES = [{"column": "kWh", "data_code": POWER}, {"column": "m3", "data_code": GAS}]


def workbook(path: Path, fill: Callable[[Workbook], None]) -> Path:
    """A workbook as a program for sheets saves it."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        fill(book)
    return path


def sheet(path: Path, *lines: Sequence[Any], name: str | None = None) -> Path:
    """A workbook of one sheet, whose rows stand from the first on; None is a blank cell."""

    def fill(book: Workbook) -> None:
        page, moment = book.add_worksheet(name), book.add_format(MOMENT)
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                form = (moment,) if isinstance(cell, dt.date) else ()
                if cell is not None:
                    page.write(row, column, cell, *form)

    return workbook(path, fill)


def taken(path: Path, **changes: Any) -> list[Delivery]:
    return list(read(path, mapping(**changes), source="drop"))


def test_numbers_are_written_as_they_were_typed_and_rows_are_those_a_person_sees(tmp_path: Path) -> None:
    numbers = [0.1, 1, 123456789.123456, 1e22, 1e-7, -5]
    lines = [(MIDNIGHT + dt.timedelta(hours=n), number) for n, number in enumerate(numbers)]
    found = rows(taken(sheet(tmp_path / "a.xlsx", ("time", "kWh"), *lines)))
    assert [row["value"] for row in found] == ["0.1", "1", "123456789.123456", "1e+22", "1e-07", "-5"]
    assert [(row["row"], row["start"]) for row in found] == [(n + 2, hour(n)) for n in range(6)]


@settings(max_examples=5, deadline=None)  # each is a process of its own
@given(st.lists(st.tuples(st.integers(-(10**13), 10**13), st.integers(0, 9)), min_size=1, max_size=200))
def test_a_number_of_thirteen_digits_is_exactly_what_was_typed(
    tmp_path_factory: pytest.TempPathFactory, typed: list[tuple[int, int]]
) -> None:
    numbers = [Decimal(digits).scaleb(-scale) for digits, scale in typed]
    lines = [("2026-11-01 00:00", float(number)) for number in numbers]
    found = rows(taken(sheet(tmp_path_factory.mktemp("sheet") / "a.xlsx", ("time", "kWh"), *lines)))
    assert [Decimal(row["value"]) for row in found] == numbers


def test_every_quarter_hour_of_a_year_is_read_to_the_second(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        page, moment = book.add_worksheet(), book.add_format(MOMENT)
        page.write_row("A1", ["time", "kWh"])
        page.write_column("B2", [1] * 365 * 96)
        for quarter in range(365 * 96):  # as programs write them that keep five digits of a day: 00:14:59.712
            page.write_number(quarter + 1, 0, round(46_327 + quarter / 96, 5), moment)

    path = workbook(tmp_path / "a.xlsx", fill)
    (found,) = taken(path, granularity="quarter_hour")
    starts = found.arrived.table["start"].cast(pa.int64()).to_pylist()
    assert len(starts) == 35_040
    assert {later - earlier for earlier, later in pairwise(starts)} == {900_000_000}


def test_labels_may_be_text_or_dates_or_both_with_twenty_four_oclock_among_them(tmp_path: Path) -> None:
    lines = [("2026/11/1 23:00", 1), (MIDNIGHT + dt.timedelta(hours=22), 2), ("2026/11/1 24:00", 3)]
    path = sheet(tmp_path / "a.xlsx", ("time", "kWh"), *lines)
    found = rows(taken(path, date_format="%Y/%m/%d %H:%M", label="end"))
    assert [(row["start"], row["value"]) for row in found] == [
        (hour(22), "1"),
        (hour(21), "2"),
        (hour(23), "3"),
    ]


def test_a_sheet_is_found_by_its_name_and_a_header_below_a_title(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        book.add_worksheet("说明").write("A1", "nothing to see")
        page = book.add_worksheet("日数据")
        page.merge_range("A1:C1", "虚构钢厂 2026 年 11 月", None)
        page.write_row("B3", ["time", "kWh"])
        page.write_row("B4", ["2026-11-01 00:00", 1])
        page.write_row("B6", ["2026-11-01 01:00", 2])

    path = workbook(tmp_path / "a.xlsx", fill)
    found = rows(taken(path, sheet="日数据", header_row=3))
    assert [(row["row"], row["value"]) for row in found] == [(4, "1"), (6, "2")]
    with pytest.raises(MalformedBody, match=r"a\.xlsx: has no sheet '月数据'; came '说明', '日数据'"):
        taken(path, sheet="月数据")
    with pytest.raises(MalformedBody, match="row 2 is blank, expected a header"):
        taken(path, sheet="日数据", header_row=2)
    with pytest.raises(MalformedBody, match="none of the mapped columns time, kWh; came nothing to see"):
        taken(path)


def test_a_formula_counts_with_its_saved_value_and_an_error_is_no_value(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        page = book.add_worksheet()
        page.write_row("A1", ["time", "kWh"])
        page.write_column("A2", ["2026-11-01 00:00", "2026-11-01 01:00", "2026-11-01 02:00"])
        page.write_formula("B2", "=1+1", None, 2)
        page.write_formula("B3", "=NA()", None, "#N/A")
        page.write_boolean("B4", True)

    found = rows(taken(workbook(tmp_path / "a.xlsx", fill)))
    assert [row["value"] for row in found] == ["2", None, "TRUE"]


def test_merged_cells_count_where_the_first_of_them_stands(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        page = book.add_worksheet()
        page.write_row("A1", ["time", "kWh"])
        page.write_column("A2", ["2026-11-01 00:00", "2026-11-01 01:00"])
        page.merge_range("B2:B3", 5, None)

    found = rows(taken(workbook(tmp_path / "a.xlsx", fill)))
    assert [row["value"] for row in found] == ["5", None]


def test_a_sheet_drifts_as_any_source_and_keeps_its_rows_for_a_mended_mapping(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", ("time", "Power", "m3"), ("2026-11-01 00:00", 7, 2.5))
    (found,) = taken(path, values=TWO_VALUES)
    assert [(each.column, each.kind) for each in found.drift] == [
        ("kWh", DriftKind.MISSING),
        ("Power", DriftKind.NEW),
    ]
    assert [row["value"] for row in rows([found])] == ["2.5"]
    assert found.raw is not None
    assert found.raw.to_pylist() == [{RAW_ROW: 2, "time": "2026-11-01 00:00", "Power": "7", "m3": "2.5"}]


def test_a_column_of_values_that_a_program_took_for_dates_is_told_as_retyped(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", ("time", "kWh"), ("2026-11-01 00:00", MIDNIGHT))
    (found,) = taken(path)
    assert [(each.column, each.kind, each.came) for each in found.drift] == [
        ("kWh", DriftKind.RETYPED, "timestamp[s]")
    ]


def test_rows_hold_their_numbers_over_many_pieces_and_deliveries(tmp_path: Path) -> None:
    lines = [("2026-11-01 00:00", n) if n % 7 else (None, None) for n in range(2, 20_000)]
    path = sheet(tmp_path / "a.xlsx", ("time", "kWh"), *lines)
    found = list(read(path, mapping(), source="drop", readings_max=5_000))
    assert [(row["row"], row["value"]) for row in rows(found)] == [
        (n, str(n)) for n in range(2, 20_000) if n % 7
    ]
    assert {delivery.arrived.table.num_rows for delivery in found[:-1]} == {5_000}
