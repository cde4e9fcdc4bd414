"""A link that pushes to an existing platform: what it refuses stays behind or is told, what it takes is there once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from graph.errors import InvalidInput
from graph.model.reading import INSTANT, Arrived, no_rejections
from graph.model.sync_run import RunState
from graph.ports import Delivery
from hub.app import build_app
from hub.pushing_units import Progress
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from tests.edge_probe.ak_double import PASSWORD, AkDouble, said
from tests.edge_probe.platform_double import PlatformDouble
from tests.hub.invented_hub import JIA, WHO, fill, reading, units_of
from tests.hub.pushing_province import UNITS, VERSION, Province, link_to, opened, platform_above
from tests.hub.pushing_stage import staged, tell, values_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """The province's, with its units."""
    with opened(tmp_path) as hub:
        yield hub


@pytest.fixture
def platform() -> PlatformDouble:
    """An existing platform."""
    return platform_above()


@pytest.fixture
def province(hub: Hub, platform: PlatformDouble) -> Province:
    """The province's hub before that platform."""
    return Province(hub, platform.app)


async def test_the_nation_reads_the_same_whether_it_is_pushed_to_by_hub_or_as_by_devices(
    tmp_path: Path,
) -> None:
    fill(tmp_path / "called", JIA)
    called = open_hub(Settings(data_dir=tmp_path / "called", sync_seconds=0, public_url="http://above"))
    with staged(tmp_path) as stage, called as other:
        devices = {"key": "devices", "dialect": "nhjc04", "province": JIA, "address": "devices call"}
        other.registry.upsert(
            "link", [{**devices, "quirks": {"valid_means": "0", "approval": "automatic"}}], WHO
        )
        for day in range(1, 5):
            await stage.told(day, f"{day}.25", version=VERSION["version"])
        await stage.told(2, "77.5", 3, version="2026-11-04T00:00:00Z")
        await stage.push()
        run = await Province(stage.province, build_app(other)).push()
        assert (run.state, run.error) == (RunState.SUCCEEDED, None)
        assert (run.rows, run.accepted, run.rejected) == (20, 20, 0)
        assert values_of(other) == values_of(stage.nation) == values_of(stage.province)


async def test_each_unit_is_a_device_of_its_own_that_says_what_it_sends(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 3, **VERSION)
    assert (await province.push()).accepted == 3
    assert sorted(platform.identities) == sorted(UNITS[:3])
    assert len(platform.told("/base")) == 1
    config = next(each for each in platform.told("/config") if each["enterpriseCode"] == UNITS[0])
    assert config["enterprise"]["name"] == units_of(JIA)[0].name
    assert {item["energyTypeCode"] for item in config["collectItemConfig"]} >= {"3300"}
    (row,) = {str(row) for row in platform.stored.values()}
    assert "'statDate': '2026-10-01 00:00:00', 'uploadDate': '2026-11-03 08:00:00'" in row
    assert "'statType': '1'" in row


async def test_what_was_taken_is_not_sent_again_and_who_is_known_does_not_register_again(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 3, **VERSION)
    await province.push()
    platform.asked.clear()
    assert (await province.push()).rows == 0
    assert platform.asked == []
    await tell(province.hub, 2, "2.5", 1, **VERSION)
    assert (await province.push()).rows == 1
    assert [path for path, _ in platform.asked] == ["/data"]


async def test_what_was_given_is_on_the_disk_sealed_and_lost_with_its_key_it_is_asked_for_again(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 1, **VERSION)
    await province.push()
    (file,) = (province.hub.settings.data_dir / "identities").rglob(UNITS[0])
    assert platform.identities[UNITS[0]].encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("sealed by somebody else", "ascii")
    await tell(province.hub, 2, "1.5", 1, **VERSION)
    assert (await province.push()).error is None
    assert platform.registered == 2


async def test_a_unit_the_platform_refuses_stays_behind_and_costs_no_other(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 3, **VERSION)
    platform.strangers = {UNITS[1]}
    run = await province.push()
    assert (run.state, run.accepted) == (RunState.FAILED, 2)
    (fault,) = run.faults
    assert (fault.place, fault.is_end) == (f"unit {UNITS[1]}", False)
    assert "不在名单" in fault.message
    assert province.cursor.behind == {UNITS[1]: 0}
    await tell(province.hub, 2, "2.5", 3, **VERSION)
    assert (await province.push()).accepted == 2
    platform.strangers = set()
    run = await province.push()
    assert (run.error, run.accepted) == (None, 2)
    assert province.cursor.behind == {}
    assert len(platform.stored) == 6
    assert platform.doubled == 0


async def test_a_reading_the_platform_refuses_is_told_with_its_place_and_the_others_count(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 1, **VERSION)
    await tell(province.hub, 2, "1.5", 1, **VERSION)
    platform.bad_dates = {"2026-10-02 00:00:00"}
    run = await province.push()
    assert (run.rows, run.accepted, run.rejected) == (2, 1, 1)
    (fault,) = run.faults
    assert fault.place == f"unit {UNITS[0]}, 0000000002330011 day 2026-10-01T16:00:00+00:00"
    assert (await province.push()).rows == 0


async def test_a_value_that_was_flagged_as_invalid_below_is_flagged_above_and_the_others_are_not(
    province: Province, platform: PlatformDouble
) -> None:
    rows = [
        {**reading(JIA, day), "row": day, "valid": valid} for day, valid in ((1, False), (2, True), (3, None))
    ]
    table = pa.Table.from_pylist(rows)
    start = pa.array([dt.datetime.fromisoformat(str(row["start"])) for row in rows], INSTANT)
    table = table.set_column(table.schema.get_field_index("start"), "start", start)
    province.hub.intake.take(Delivery("devices", "three", "three", Arrived(table, no_rejections())))
    assert (await province.push()).accepted == 3
    flags = {row["statDate"][:10]: row["valid"] for row in platform.stored.values()}
    assert flags == {"2026-10-01": "1", "2026-10-02": "0", "2026-10-03": "0"}


async def test_only_the_units_a_link_names_are_handed_over(
    province: Province, platform: PlatformDouble
) -> None:
    province.change(units=UNITS[1:2])
    await tell(province.hub, 1, "1.5", 3, **VERSION)
    assert (await province.push()).rows == 1
    assert list(platform.identities) == UNITS[1:2]


async def test_a_period_the_platform_has_no_word_for_is_told_and_not_sent(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 1, granularity="hour", **VERSION)
    run = await province.push()
    assert (run.rows, run.rejected, [fault.code for fault in run.faults]) == (1, 1, ["no-word"])
    province.change(realtime_minutes=60)
    await tell(province.hub, 2, "1.5", 1, granularity="hour", **VERSION)
    assert (await province.push()).accepted == 1
    (row,) = platform.stored.values()
    assert row["statType"] == "0"


AK_LINK = {**link_to("http://above/YNEnergy"), "dialect": "nhjc_ak_push", "credential": "passwords"}


@pytest.fixture
def ak() -> AkDouble:
    """An existing platform of the AK dialect, at which a unit has a password of its own."""
    double = AkDouble({UNITS[1]: "its own"})
    double.base = "http://above"
    return double


async def test_each_unit_shows_its_own_password_and_each_record_is_a_post(hub: Hub, ak: AkDouble) -> None:
    secret = json.dumps({UNITS[0]: PASSWORD, UNITS[1]: "its own"})
    province = Province(hub, ak.app, AK_LINK, secret)
    await tell(hub, 1, "1.5", 3, **VERSION)
    await tell(hub, 2, "2.5", 3, **VERSION)
    run = await province.push()
    assert run.accepted == 4
    assert [fault.place for fault in run.faults] == [f"unit {UNITS[2]}"]
    assert "no password" in run.faults[0].message
    assert len(ak.told("/dataEnterpriseEnergy")) == len(ak.stored) == 4
    province.secret = json.dumps({**json.loads(secret), UNITS[2]: PASSWORD})
    assert (await province.push()).accepted == 2
    assert province.cursor.behind == {}


async def test_a_record_the_ak_platform_refuses_is_told_and_the_others_count(hub: Hub, ak: AkDouble) -> None:
    province = Province(hub, ak.app, AK_LINK, PASSWORD)
    await tell(hub, 1, "1.5", 1, **VERSION)
    await tell(hub, 2, "2.5", 1, **VERSION)
    ak.faults = [None, said("400", None, "dataValue 超出范围")]
    run = await province.push()
    assert (run.accepted, run.rejected) == (1, 1)
    assert "超出范围" in run.faults[0].message


async def test_a_secret_that_is_neither_a_password_nor_a_table_of_them_is_told_without_showing_it(
    hub: Hub, ak: AkDouble
) -> None:
    run = await Province(hub, ak.app, AK_LINK, '{"s3cret": 1}').push()
    assert (run.error or "").startswith("CONFIGURATION")
    assert "s3cret" not in (run.error or "")


def test_a_cursor_of_another_kind_of_link_is_told() -> None:
    with pytest.raises(InvalidInput, match="pushes units"):
        Progress.parse("[1, 2]")
