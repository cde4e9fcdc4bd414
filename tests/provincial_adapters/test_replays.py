"""Rows that were kept as they came are read again as they were read first, in every dialect the hub asks or looks into."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.discover import members_of
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import UTC
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import RAW_ROW
from provincial_adapters import Dialect, Direction
from tests.provincial_adapters.rest_stage import SIMPLE, SIMPLE_MAPPING, day_of, said, simple
from tests.provincial_adapters.rest_stage import link as rest_link
from tests.provincial_adapters.test_file_drop import HOURLY, POWER, deliveries, mapping

FOUND = members_of("provincial_adapters", "DIALECT", Dialect)
ASKED = [name for name, found in FOUND.items() if found.direction in (Direction.PULL, Direction.FILES)]
NOON = dt.datetime(2026, 11, 1, 4, tzinfo=UTC)
STEEL = str(CreditCode.of_body("91970000MA0000001"))


def link(dialect: str, **quirks: Any) -> Link:
    """A link of it."""
    return Link("jia", dialect, RegionCode("970000"), "x", quirks=quirks)


@pytest.mark.parametrize("name", ASKED)
def test_whoever_the_hub_asks_brings_rows_that_can_be_read_again(name: str) -> None:
    assert FOUND[name].replays is not None


@pytest.mark.parametrize("name", [name for name, found in FOUND.items() if found.looker])
def test_only_what_takes_something_away_has_another_way_to_look(name: str) -> None:
    assert FOUND[name].direction is Direction.FILES


def test_rows_of_a_file_are_the_same_readings_again(tmp_path: Path) -> None:
    (first,) = deliveries(tmp_path, "time,kWh\n2026-11-01 00:00,1\n2026-11-01 01:00,viel\n", mapping())
    assert first.raw is not None
    replays = FOUND["file_drop"].replays
    assert replays is not None
    again = replays(link("file_drop", mapping=HOURLY), first.raw)
    assert again.arrived.table.drop_columns(["version"]) == first.arrived.table.drop_columns(["version"])
    assert (again.drift, again.digest) == ((), mapping().digest)
    assert dict(again.meanings)["time"] == "label of each hour"
    assert dict(again.meanings)["kWh"] == f"value of {DataCode.parse(POWER)}"


def test_rows_of_another_hub_are_the_same_readings_again() -> None:
    columns = {
        RAW_ROW: pa.array([1, 2], pa.int32()), "unit": ["a", "b"], "data_code": [POWER, POWER],
        "granularity": ["hour", "hour"], "start": [NOON, NOON], "value": ["1", "2"], "version": [NOON, None],
        "origin": ["instrument", "manual"],
    }  # fmt: skip
    replays = FOUND["hub_graphql"].replays
    assert replays is not None
    again = replays(link("hub_graphql"), pa.table(columns))
    assert again.arrived.table.column_names == ["row", *list(columns)[1:]]
    assert (again.arrived.rows, again.drift, again.arrived.rejections.num_rows) == (2, (), 0)


@pytest.mark.anyio
async def test_rows_of_a_platform_are_read_by_a_mended_mapping() -> None:
    rows = [{"t": "2026-11-01", "w": 1}, {"t": "2026-11-02", "w": 2}]
    (first,) = await day_of(lambda _: said({"rows": rows}), simple())
    assert first.raw is not None
    assert first.arrived.rejections.num_rows == 2
    (value,) = SIMPLE_MAPPING["values"]
    mended = rest_link(SIMPLE, {**SIMPLE_MAPPING, "values": [{**value, "column": "w"}]})
    replays = FOUND["rest_json"].replays
    assert replays is not None
    again = replays(mended, first.raw)
    assert [(row["row"], str(row["value"])) for row in again.arrived.table.to_pylist()] == [
        (1, "1"),
        (2, "2"),
    ]
    assert again.drift == ()


def test_rows_of_a_view_have_their_watermark_as_version_again() -> None:
    given = {"unit": STEEL, "label_column": "t", "label": "start", "granularity": "hour"}
    quirks = {
        "view": "v", "watermark": "written", "overlap": 60, "tls": "none",
        "mapping": {**given, "values": [{"column": "w", "data_code": POWER}]},
    }  # fmt: skip
    columns = {RAW_ROW: pa.array([4], pa.int32()), "t": ["2026-11-01 00:00:00"], "w": ["1"]}
    raw = pa.table(columns).append_column("written", pa.array([NOON], pa.timestamp("us", tz="UTC")))
    replays = FOUND["sql_view"].replays
    assert replays is not None
    again = replays(link("sql_view", **quirks), raw)
    assert [(row["row"], row["version"]) for row in again.arrived.table.to_pylist()] == [(4, NOON)]
    assert again.drift == ()
    assert again.meanings["written"] == "when it was written"
