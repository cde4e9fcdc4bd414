"""What a spool keeps, as files: each quarter-hour as it holds, days and months by their start, gaps told."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.exporting import due, rows_of, write
from edge_probe.readings import DOUBTFUL, ESTIMATED, QUARTER_HOUR, Reading
from edge_probe.spool import Spool
from graph.errors import InvalidInput, StoreError
from graph.model.period import BEIJING, Granularity
from tests.edge_probe.fakes import ELECTRICITY, UNIT, beijing, reading

DAYS = dt.date(2026, 11, 22), dt.date(2026, 12, 1)
MIDNIGHT = beijing("00:00")


@pytest.fixture
def spool() -> Iterator[Spool]:
    opened = Spool(Path(":memory:"))
    yield opened
    opened.close()


def quarter(n: int, value: str = "1", origin: str = "instrument") -> Reading:
    """The n-th quarter-hour of 23 November, before it too."""
    start = MIDNIGHT + n * QUARTER_HOUR
    return Reading(UNIT, ELECTRICITY, start, Decimal(value), origin, start + dt.timedelta(minutes=16))


def written(spool: Spool, file: Path, by: Granularity = Granularity.QUARTER_HOUR) -> list[dict[str, str]]:
    write(rows_of(spool, [ELECTRICITY], DAYS, by), file)
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_csv_holds_each_quarter_hour_as_it_was_written_last(spool: Spool, tmp_path: Path) -> None:
    spool.append([reading("10:00", "1.5000"), reading("10:15", "2")])
    later = beijing("11:00")
    spool.append([dataclasses.replace(reading("10:00", "1.7500"), origin=DOUBTFUL, written_at=later)])
    rows = written(spool, tmp_path / "all.csv")
    assert [(row["start"], row["value"], row["origin"]) for row in rows] == [
        ("2026-11-23T10:00:00+08:00", "1.7500", "doubtful"),
        ("2026-11-23T10:15:00+08:00", "2", "instrument"),
    ]
    assert rows[0]["data_code"] == "00-00-0000-023300-11"
    assert [row["version"] for row in rows] == ["2026-11-23T11:00:00+08:00", "2026-11-23T10:31:00+08:00"]


def test_a_day_is_closed_at_midnight_in_beijing_and_labelled_by_its_start(
    spool: Spool, tmp_path: Path
) -> None:
    spool.append([quarter(n) for n in range(-1, 97)])
    rows = written(spool, tmp_path / "days.csv", Granularity.DAY)
    assert [(row["start"], row["value"], row["quarters"], row["due"]) for row in rows] == [
        ("2026-11-22T00:00:00+08:00", "1", "1", "96"),
        ("2026-11-23T00:00:00+08:00", "96", "96", "96"),
        ("2026-11-24T00:00:00+08:00", "1", "1", "96"),
    ]


def test_a_month_tells_the_worst_origin_and_what_it_lacks(spool: Spool, tmp_path: Path) -> None:
    spool.append([quarter(0), quarter(1, "2", ESTIMATED), quarter(8 * 96, "5", DOUBTFUL)])
    first, second = written(spool, tmp_path / "months.csv", Granularity.MONTH)
    assert (first["start"], first["value"], first["origin"]) == (
        "2026-11-01T00:00:00+08:00",
        "3",
        "estimated",
    )
    assert (first["quarters"], first["due"]) == ("2", "2880")
    assert (second["start"], second["origin"]) == ("2026-12-01T00:00:00+08:00", "doubtful")


def test_parquet_holds_the_same_exactly(spool: Spool, tmp_path: Path) -> None:
    spool.append([quarter(0, "123456789.0001"), quarter(1, "2")])
    assert write(rows_of(spool, [ELECTRICITY], DAYS, Granularity.QUARTER_HOUR), tmp_path / "all.parquet") == 2
    table = pyarrow.parquet.read_table(tmp_path / "all.parquet")
    assert table.column("value").to_pylist() == [Decimal("123456789.0001"), Decimal("2.0000")]
    assert table.column("start").to_pylist()[1] == MIDNIGHT + QUARTER_HOUR


def test_a_file_that_is_there_is_not_written_over_and_a_strange_name_is_refused(
    spool: Spool, tmp_path: Path
) -> None:
    (tmp_path / "there.csv").write_text("mine", "utf-8")
    with pytest.raises(StoreError, match="is there already"):
        written(spool, tmp_path / "there.csv")
    assert (tmp_path / "there.csv").read_text("utf-8") == "mine"
    with pytest.raises(InvalidInput, match=r"expected a name ending in \.csv or \.parquet"):
        written(spool, tmp_path / "all.xlsx")
    with pytest.raises(InvalidInput, match="came hour"):
        written(spool, tmp_path / "hours.csv", Granularity.HOUR)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)))
def test_a_month_is_due_the_quarter_hours_of_its_days(day: dt.date) -> None:
    first = dt.datetime.combine(day.replace(day=1), dt.time(), BEIJING)
    after = (first + dt.timedelta(days=31)).replace(day=1)
    assert due(Granularity.MONTH, first) == (after - first) // QUARTER_HOUR


@given(st.lists(st.tuples(st.integers(-200, 700), st.integers(0, 10**6)), max_size=60))
def test_days_and_months_add_up_to_their_quarter_hours(values: list[tuple[int, int]]) -> None:
    spool = Spool(Path(":memory:"))
    spool.append([quarter(n, f"{value}.0001") for n, value in values])
    sums = {
        by: sum(row.value for row in rows_of(spool, [ELECTRICITY], (dt.date(2026, 11, 1), DAYS[1]), by))
        for by in (Granularity.QUARTER_HOUR, Granularity.DAY, Granularity.MONTH)
    }
    spool.close()
    held = {n: Decimal(f"{value}.0001") for n, value in values}
    assert set(sums.values()) == {sum(held.values())}
