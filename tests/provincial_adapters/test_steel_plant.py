"""A year of a real steel plant: labels at the end, the day's last one on its own day, a byte-order mark."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING
from graph.model.reading import VALUE
from provincial_adapters.file_drop import FileMapping, read
from tests.needs import ROOT, need_shared_data

MAPPING = FileMapping.load(ROOT / "docs" / "examples" / "steel_plant.toml")
START = dt.datetime(2018, 1, 1, tzinfo=BEIJING)


def year() -> Path:
    return need_shared_data() / "steel_plant_15min.csv"


def table(readings_max: int = 200_000) -> pa.Table:
    found = list(read(year(), MAPPING, source="steel", readings_max=readings_max))
    assert sum(delivery.arrived.rejections.num_rows for delivery in found) == 0
    return pa.concat_tables([delivery.arrived.table for delivery in found])


def test_a_year_is_365_days_of_96_values_each_quarter_hour_once() -> None:
    starts = table()["start"].to_pylist()
    expected = [START + n * dt.timedelta(minutes=15) for n in range(35_040)]
    assert sorted(starts) == expected


def test_it_used_959636_71_kilowatt_hours_to_the_last_digit() -> None:
    assert pc.sum(table()["value"].cast(VALUE)).as_py() == Decimal("959636.7100")


def test_the_first_period_and_the_last() -> None:
    by_start = {row["start"]: row["value"] for row in table().select(["start", "value"]).to_pylist()}
    assert by_start[START] == "3.17"
    assert by_start[START + dt.timedelta(days=1, minutes=-15)] == "3.42"
    assert by_start[dt.datetime(2018, 12, 31, 23, 45, tzinfo=BEIJING)] == "3.67"


def test_smaller_deliveries_hold_the_same_rows() -> None:
    assert table(readings_max=1000).equals(table())
