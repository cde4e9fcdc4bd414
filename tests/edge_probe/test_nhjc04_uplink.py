"""The probe as a unit's access device at an existing platform: what it says, and what it makes of each answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from edge_probe.config import ProbeConfig, UplinkPlan
from edge_probe.fields import Fields
from edge_probe.ports import TryLater, UplinkMeans
from edge_probe.readings import Reading, Spooled
from edge_probe.uplinks.nhjc04 import UPLINK, Settings, settings_of
from graph.errors import NengshuError, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.credit_code import CreditCode
from tests.edge_probe.fakes import ELECTRICITY, UNIT, HandClock, Kept, Remembered, beijing, device, reading
from tests.edge_probe.platform_double import PlatformDouble, refusal

pytestmark = pytest.mark.anyio
GAS = "0000000001150011"
ROWS = [Spooled(7, reading("10:00", "12.3400")), Spooled(8, reading("10:15", "0.0001"))]
SAID: Mapping[str, Any] = {"region": "990000", "valid_means": "0"}


def ignored(_: Sequence[int]) -> None:
    """Of rows that are taken before others: here they come all at once."""


def settings(**said: Any) -> Settings:
    faults: list[str] = []
    found = settings_of(Fields({**SAID, **said}, "settings", faults))
    assert faults == []
    assert found is not None
    return found


class Stage:
    """A platform, a probe's memory of it and its clock; `uplink` is one process of the probe."""

    def __init__(self) -> None:
        self.platform, self.memory, self.clock = PlatformDouble(), Remembered(), HandClock(beijing("12:00"))
        self.kept = Kept()
        self.platform.base = "https://platform.example"
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.platform.app))

    def uplink(self, **said: Any) -> Any:
        plan = UplinkPlan("province", "nhjc04", "https://platform.example")
        config = ProbeConfig(CreditCode(UNIT), Path("spool"), 60, 30, (device(),), (plan,))
        means = UplinkMeans(
            plan,
            config,
            settings(**said),
            "ab12",
            self.client,
            self.clock,
            self.memory,
            ignored,
            self.kept.between,
        )
        return UPLINK.reach(means)

    def paths(self) -> list[str]:
        return [path for path, _ in self.platform.asked]


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


async def test_an_identity_that_counts_no_longer_is_asked_for_again_and_the_rows_go_once(
    stage: Stage,
) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.identities.clear()
    stage.platform.asked.clear()
    assert list(await uplink.send(ROWS)) == []
    assert stage.paths() == ["/data", "/enterprise/register", "/version", "/config", "/data"]


async def test_a_platform_that_never_knows_its_own_identity_is_not_asked_for_ever(stage: Stage) -> None:
    stage.platform.faults = [refusal("deviceId 不属于该企业")] * 200
    with pytest.raises(SourceRefused, match="不属于"):
        await stage.uplink().send(ROWS[:1])
    assert len(stage.platform.told("/data")) == 2


async def test_where_data_goes_is_asked_again_when_nobody_answers_there(stage: Stage) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.data_path = "/moved"
    assert list(await uplink.send(ROWS)) == []
    assert len(stage.platform.told("/moved")) == 1


async def test_a_platform_that_registers_nobody_new_still_gets_data_where_it_took_it(stage: Stage) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.closed = True
    stage.platform.faults = [PlainTextResponse("<html>", 200)]
    with pytest.raises(SourceMalformed):
        await uplink.send(ROWS)
    (note,) = await uplink.send(ROWS)
    assert (note.row, note.code) == (None, "register-refused")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (PlainTextResponse("oops", 500), TryLater),
        (PlainTextResponse("busy", 429), TryLater),
        (PlainTextResponse("<html>login</html>", 200), SourceMalformed),
        (PlainTextResponse("no", 403), SourceRefused),
        (refusal("解密失败"), SourceRefused),
        (PlainTextResponse('{"responseCode": "0"}', 200), SourceRefused),
        (PlainTextResponse('["RECEIVE SUCCESS"]', 200), SourceMalformed),
    ],
)
async def test_only_the_literal_text_acknowledges(
    stage: Stage, fault: Any, error: type[NengshuError]
) -> None:
    stage.platform.faults = [fault] * 3
    with pytest.raises(error, match="province"):
        await stage.uplink().send(ROWS[:1])
    assert stage.platform.stored == {}


async def test_a_row_the_platform_refuses_costs_only_itself(stage: Stage) -> None:
    stage.platform.bad_codes = {"00-00-0000-011500-11"}
    rows = [Spooled(n, reading(f"{n:02d}:00", "1", GAS if n in (3, 17) else ELECTRICITY)) for n in range(24)]
    refused = list(await stage.uplink().send(rows))
    assert [each.row for each in refused] == [rows[3], rows[17]]
    assert {each.code for each in refused} == {"refused-by-platform"}
    assert "不存在" in refused[0].why
    assert len(stage.platform.stored) == 22


async def test_a_platform_that_refuses_everything_loses_no_row(stage: Stage) -> None:
    stage.platform.bad_codes = {"00-00-0000-023300-11"}
    with pytest.raises(SourceRefused, match="不存在"):
        await stage.uplink().send(ROWS)


async def test_rows_refused_by_a_stumble_are_taken_at_a_second_look(stage: Stage) -> None:
    stage.platform.faults = [refusal("存储失败")] * 2
    assert list(await stage.uplink().send(ROWS)) == []
    assert len(stage.platform.stored) == 2


@pytest.mark.parametrize(
    "address", ["http://platform.example/data", "ftp://x", "", "https://user:word@x/", None]
)
async def test_an_address_nobody_should_send_to_is_refused(stage: Stage, address: Any) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        given = dict.fromkeys(("centerInfoURL", "centerDataURL", "loadDicVersionURL"), address)
        said = {"responseCode": "0", "responseMessage": "RECEIVE SUCCESS", "deviceId": "1" * 32, **given}
        return httpx.Response(200, json=said)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        stage.client = client
        with pytest.raises(SourceMalformed, match="address"):
            await stage.uplink().send(ROWS)


async def test_a_line_that_breaks_is_unreachable(stage: Stage) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        stage.client = client
        with pytest.raises(SourceUnreachable, match="ReadError reset"):
            await stage.uplink().send(ROWS)


async def test_rows_wait_for_the_slot_and_late_ones_for_none(stage: Stage) -> None:
    stage.platform.upload_time = "02:10:00"
    uplink = stage.uplink()
    morning = dt.timedelta(hours=14, minutes=10)
    assert await uplink.opens(beijing("10:16")) == beijing("12:00") + morning
    assert await uplink.opens(beijing("02:09")) is None
    stage.clock.moment = beijing("12:00") + morning
    assert await uplink.opens(beijing("10:16")) is None
    assert await stage.uplink(send="at_once").opens(beijing("23:59")) is None


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
