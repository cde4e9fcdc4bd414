"""The probe as a unit's access device at an existing platform: what it says, and what it makes of each answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from edge_probe.fields import Fields
from edge_probe.readings import Reading, Spooled
from edge_probe.uplinks.nhjc04 import settings_of
from tests.edge_probe.fakes import ELECTRICITY, UNIT, beijing, reading
from tests.edge_probe.nhjc04_uplink_stage import ROWS, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    async with made.client:
        yield made


async def test_a_device_registers_checks_versions_configures_and_uploads_in_this_order(stage: Stage) -> None:
    assert list(await stage.uplink().send(ROWS)) == []
    assert stage.paths() == ["/enterprise/register", "/version", "/base", "/config", "/data"]
    (data,) = stage.platform.told("/data")
    assert data["enterpriseCode"] == UNIT
    assert data["data"][0] == {
        "dataCode": "00-00-0000-023300-11",
        "dataValue": "12.3400",
        "inputType": "4",
        "statType": "0",
        "statDate": "2026-11-23 10:00:00",
        "uploadDate": "2026-11-23 10:16:00",
        "scope": "1",
        "valid": "0",
    }


async def test_the_configuration_is_the_probes_points_and_what_the_unit_says_of_itself(stage: Stage) -> None:
    await stage.uplink(enterprise={"name": "虚构甲厂", "latitude": "31.2", "longitude": "121.5"}).send(ROWS)
    (config,) = stage.platform.told("/config")
    (item,) = config["collectItemConfig"]
    code = [item[name] for name in ("processCode", "processUnitCode", "equipmentCode", "equipmentUnitCode")]
    assert (code, item["energyClassCode"], item["energyTypeCode"], item["dataUsageCode"]) == (
        ["00"] * 4,
        "02",
        "3300",
        "11",
    )
    assert (item["statType"], item["inputType"], item["scope"], item["name"]) == ("0", "4", "1", "main 电力")
    assert config["enterprise"] == {
        "code": UNIT,
        "name": "虚构甲厂",
        "latitude": "31.2",
        "longitude": "121.5",
    }


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ({"valid_means": "1"}, "valid", "1"),
        ({"valid_means": "true"}, "valid", True),
        ({"valid_means": "1", "numbers_as_text": False}, "valid", 1),
        ({"numbers_as_text": False}, "statType", 0),
        ({"hyphens": False}, "dataCode", ELECTRICITY),
    ],
)
async def test_how_a_platform_writes_is_a_setting(
    stage: Stage, said: dict[str, Any], field: str, value: Any
) -> None:
    await stage.uplink(**said).send(ROWS)
    sent = stage.platform.posts[0][0][field]
    assert (type(sent), sent) == (type(value), value)


async def test_a_platform_that_asks_for_no_flag_gets_none(stage: Stage) -> None:
    await stage.uplink(valid_means="none").send(ROWS)
    assert "valid" not in stage.platform.posts[0][0]


def test_the_polarity_of_valid_is_never_guessed_and_every_fault_of_the_settings_is_told() -> None:
    faults: list[str] = []
    said = {
        "region": "99",
        "enterprise": {"latitude": "121.5", "longitude": "31.2", "colour": "red"},
        "polarity": "0",
    }
    assert settings_of(Fields(said, "settings", faults)) is None
    told = "\n".join(faults)
    for word in (
        "valid_means: is missing",
        "region code",
        "latitude: came",
        "longitude: came",
        "colour",
        "polarity: no such",
    ):
        assert word in told


async def test_an_estimate_goes_under_the_number_the_settings_name(stage: Stage) -> None:
    shared = Reading(
        UNIT, ELECTRICITY, beijing("10:00"), ROWS[0].reading.value, "estimated", beijing("11:00")
    )
    await stage.uplink(estimated_as=5).send([Spooled(1, shared)])
    assert stage.platform.posts[0][0]["inputType"] == "5"


async def test_who_begins_anew_neither_registers_nor_configures_again(stage: Stage) -> None:
    await stage.uplink().send(ROWS)
    stage.platform.asked.clear()
    await stage.uplink().send(ROWS)
    assert stage.paths() == ["/data"]


async def test_another_configuration_is_told_once(stage: Stage) -> None:
    await stage.uplink().send(ROWS)
    stage.platform.asked.clear()
    changed = stage.uplink(enterprise={"name": "虚构乙厂"})
    await changed.send(ROWS)
    await changed.send(ROWS)
    assert stage.paths() == ["/config", "/data", "/data"]


async def test_base_data_is_downloaded_again_with_a_new_version_once_a_day(stage: Stage) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.dic_version = "2"
    await uplink.send(ROWS)
    assert len(stage.platform.told("/base")) == 1
    stage.clock.moment += dt.timedelta(days=1)
    await uplink.send(ROWS)
    await uplink.send(ROWS)
    assert len(stage.platform.told("/base")) == 2


async def test_rows_wait_for_the_slot_and_late_ones_for_none(stage: Stage) -> None:
    stage.platform.upload_time = "02:10:00"
    uplink = stage.uplink()
    morning = dt.timedelta(hours=14, minutes=10)
    assert await uplink.opens(beijing("10:16")) == beijing("12:00") + morning
    assert await uplink.opens(beijing("02:09")) is None
    stage.clock.moment = beijing("12:00") + morning
    assert await uplink.opens(beijing("10:16")) is None
    assert await stage.uplink(send="at_once").opens(beijing("23:59")) is None


async def test_rows_written_while_the_clock_ran_ahead_hold_nothing_back(stage: Stage) -> None:
    uplink = stage.uplink()
    assert await uplink.opens(stage.clock.now() + dt.timedelta(days=1500)) is None


async def test_hours_are_told_once_all_four_quarters_are_there_and_never_with_a_hole(stage: Stage) -> None:
    quarters = [Spooled(n, reading(f"10:{n * 15:02d}", f"{n}.5")) for n in range(4)]
    stage.kept.rows = quarters[:3]
    uplink = stage.uplink(realtime_minutes=60)
    assert list(await uplink.send(quarters[:3])) == []
    assert stage.platform.stored == {}
    stage.kept.rows = quarters
    assert list(await uplink.send(quarters[3:])) == []
    (row,) = stage.platform.stored.values()
    assert (row["dataValue"], row["statType"], row["statDate"]) == ("8.0", "0", "2026-11-23 10:00:00")
    assert row["uploadDate"] == "2026-11-23 11:01:00"


async def test_an_hour_with_an_estimated_quarter_is_an_estimate(stage: Stage) -> None:
    quarters = [Spooled(n, reading(f"10:{n * 15:02d}")) for n in range(4)]
    quarters[2] = Spooled(2, replace(quarters[2].reading, origin="estimated"))
    stage.kept.rows = quarters
    await stage.uplink(realtime_minutes=60).send(quarters)
    (row,) = stage.platform.stored.values()
    assert (row["inputType"], row["dataValue"]) == ("1", "6.0")


async def test_a_quarter_that_a_person_typed_goes_as_manual_input(stage: Stage) -> None:
    typed = replace(ROWS[0].reading, origin="manual")
    await stage.uplink().send([Spooled(1, typed)])
    assert stage.platform.posts[0][0]["inputType"] == "5"
