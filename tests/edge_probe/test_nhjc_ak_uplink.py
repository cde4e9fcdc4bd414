"""The probe at a platform of the AK dialect: keys, tokens that end, and records that are acknowledged one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from edge_probe.asking_platform import Line
from edge_probe.config import ProbeConfig, UplinkPlan
from edge_probe.fields import Fields
from edge_probe.nhjc04_wire import Configuration, Unit, Wire
from edge_probe.nhjc_ak_client import AT_ONCE, AkDevice
from edge_probe.nhjc_ak_proof import KeyForm, proof_of
from edge_probe.platform_notes import Dictionaries
from edge_probe.readings import Spooled
from edge_probe.telling import told_of
from edge_probe.uplink_ports import TryLater, UplinkMeans
from edge_probe.uplinks.nhjc_ak import UPLINK, settings_of
from graph.errors import InvalidInput, NengshuError, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.credit_code import CreditCode
from tests.edge_probe.ak_double import KEY, PASSWORD, AkDouble, said
from tests.edge_probe.fakes import ELECTRICITY, UNIT, HandClock, Kept, Remembered, beijing, device, reading

pytestmark = pytest.mark.anyio
GAS = "0000000001150011"
ROWS = [Spooled(n, reading(f"10:{n * 15:02d}", "12.3400")) for n in range(4)]
SAID: Mapping[str, Any] = {"region": "990000", "valid_means": "0"}
BEGINNING = [
    "/enterpriseInfo/rwk",
    "/enterpriseInfo/apply",
    "/requestAK",
    "/checkVersion",
    "/dataDownload",
    "/gaugeConfigure",
]
BEGINNING += ["/collectItemConfigure"]


class Stage:
    """A platform, a probe's memory of it, and which rows were noted as taken."""

    def __init__(self) -> None:
        self.platform = AkDouble()
        self.platform.base = "https://platform.example"
        self.memory, self.clock, self.taken = Remembered(), HandClock(beijing("12:00")), list[int]()
        self.kept = Kept()
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.platform.app))

    def took(self, sequences: Sequence[int]) -> None:
        self.taken += sequences

    def uplink(self, **more: Any) -> Any:
        plan = UplinkPlan("province", "nhjc_ak", "https://platform.example/YNEnergy")
        config = ProbeConfig(CreditCode(UNIT), Path("spool"), 60, 30, (device(),), (plan,))
        faults: list[str] = []
        settings = settings_of(Fields({**SAID, **more}, "settings", faults))
        assert faults == []
        means = UplinkMeans(
            plan, config, settings, "ab12", self.client, self.clock, self.memory, self.took, self.kept.between,
            password=PASSWORD,
        )  # fmt: skip
        return UPLINK.reach(means)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    async with made.client:
        yield made


@pytest.mark.parametrize(
    ("password", "key", "form", "proof"),
    [
        ("123456", KEY, KeyForm.TEXT, "95da00cfbd9c596135f9a6a2ba23b6e0"),
        (PASSWORD, KEY, KeyForm.TEXT, "7567dd587351ad6dd3d3795dcf6fce40"),
        ("1234567890123456", KEY, KeyForm.TEXT, "cdd7190e4d6dd3624c19d6d54a472daf"),
        ("一个很长的口令共十个字", KEY, KeyForm.TEXT, "465fe369786c505d8757e986c29e3a40"),
        ("123456", "0123456789abcdeffedcba9876543210", KeyForm.HEX, "594976e68cf4cf1934b45ac366342781"),
    ],
)
def test_a_password_is_shown_as_the_recorded_vectors_say(
    password: str, key: str, form: KeyForm, proof: str
) -> None:
    assert proof_of(password, key, "91970000MA00000013", form) == proof


@pytest.mark.parametrize("key", ["short", "密" * 16, ""])
def test_a_key_that_is_none_is_told_without_showing_it(key: str) -> None:
    with pytest.raises(InvalidInput) as told:
        proof_of(PASSWORD, key, UNIT)
    assert key == "" or key not in str(told.value)


async def test_who_is_new_gets_a_key_applies_gets_a_token_configures_and_sends_a_record_each(
    stage: Stage,
) -> None:
    assert list(await stage.uplink(coefficients={"023300": "0.1229"}).send(ROWS)) == []
    assert stage.platform.paths == [*BEGINNING, *["/dataEnterpriseEnergy"] * 4]
    record = stage.platform.told("/dataEnterpriseEnergy")[0]
    assert record == {
        "enterpriseCode": UNIT, "dataCode": "00-00-0000-023300-11", "dataValue": "12.3400", "inputType": "4",
        "statType": "0", "statDate": "2026-11-23 10:00:00", "uploadDate": "2026-11-23 10:16:00", "scope": "1", "valid": "0",
        "regVersion": "1", "dicVersion": "1", "convertRation": "0.1229",
    }  # fmt: skip
    (items,) = stage.platform.told("/collectItemConfigure")
    assert [(item["gaugeCode"], item["reportArithmetic"], item["reportRatio"]) for item in items["data"]] == [
        ("main", 1, "1")
    ]
    assert sorted(stage.taken) == [0, 1, 2, 3]


async def test_who_begins_anew_asks_for_a_token_alone(stage: Stage) -> None:
    await stage.uplink().send(ROWS[:1])
    stage.platform.asked.clear()
    await stage.uplink().send(ROWS[:1])
    assert stage.platform.paths == ["/requestAK", "/dataEnterpriseEnergy"]


async def test_records_go_side_by_side_and_never_more_than_so_many(stage: Stage) -> None:
    rows = [Spooled(n, reading(f"{n // 4:02d}:{n % 4 * 15:02d}")) for n in range(96)]
    await stage.uplink().send(rows)
    assert 1 < stage.platform.most_at_once <= AT_ONCE
    assert len(stage.platform.stored) == 96


async def test_a_token_that_counts_no_longer_is_replaced_once_for_all_who_send(stage: Stage) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.given = {UNIT: "another"}
    assert list(await uplink.send(ROWS)) == []
    assert stage.platform.tokens == 2


async def test_a_platform_that_takes_no_token_is_asked_twice_and_not_for_ever(stage: Stage) -> None:
    stage.platform.faults = [said("401", None, "token 已失效")] * 99
    with pytest.raises(SourceRefused, match="401"):
        await stage.uplink().send(ROWS)
    assert len(stage.platform.told("/dataEnterpriseEnergy")) == 2
    assert stage.platform.tokens == 2
    assert stage.taken == []


async def test_a_token_is_got_anew_before_it_ends(stage: Stage) -> None:
    passed = [0.0]
    unit, wire = Unit(UNIT, "990000", Configuration(())), Wire("0")
    made = AkDevice(
        Line("province", stage.client), "https://platform.example/YNEnergy", unit, PASSWORD, wire, stage.memory,
        Dictionaries(lambda _, __: None), stage.clock.now, passed=lambda: passed[0],
    )  # fmt: skip

    async def took(_: int) -> None:
        """Nobody keeps count."""

    for moment in (0.0, 7139.0, 7140.0):
        passed[0] = moment
        await made.upload([told_of(ROWS[:1], wire, Kept().between)[0].said], took)
    tokens = [token for path, _, token in stage.platform.asked if path == "/dataEnterpriseEnergy"]
    assert tokens == ["token-1", "token-1", "token-2"]


async def test_a_wrong_password_is_told_and_the_key_asked_for_again_at_the_next_attempt(stage: Stage) -> None:
    stage.platform.passwords = {UNIT: "another"}
    uplink = stage.uplink()
    with pytest.raises(SourceRefused, match="口令有误"):
        await uplink.send(ROWS)
    stage.platform.passwords = {}
    stage.platform.asked.clear()
    await uplink.send(ROWS)
    assert stage.platform.paths[:3] == BEGINNING[:3]


async def test_a_record_the_platform_refuses_is_an_event_and_costs_only_itself(stage: Stage) -> None:
    stage.platform.bad_codes = {"00-00-0000-011500-11"}
    rows = [Spooled(n, reading("10:00", "1", GAS if n == 2 else ELECTRICITY)) for n in range(4)]
    (refused,) = await stage.uplink().send(rows)
    assert (refused.row, refused.code) == (rows[2], "refused-by-platform")
    assert "不存在" in refused.why


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (PlainTextResponse("down", 500), TryLater),
        (said("500", None, "平台存储失败"), TryLater),
        (said("429", None, "过快", 429), TryLater),
        (PlainTextResponse("<html>", 200), SourceMalformed),
        (said("403", None, "设备已被拒绝"), SourceRefused),
        ("lost", TryLater),
    ],
)
async def test_what_was_acknowledged_before_a_failure_stays_acknowledged(
    stage: Stage, fault: Any, error: type[NengshuError]
) -> None:
    stage.platform.faults = [None, None, fault, fault, fault]
    with pytest.raises(error, match="province"):
        await stage.uplink().send(ROWS)
    assert 1 <= len(stage.taken) <= 2
    assert 0 in stage.taken


async def test_a_platform_that_moves_is_asked_where_to_at_the_next_attempt(stage: Stage) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS[:1])
    stage.platform.path = "/elsewhere"
    with pytest.raises(SourceUnreachable):
        await uplink.send(ROWS[:1])
    stage.platform.path = "/YNEnergy"
    assert list(await uplink.send(ROWS[:1])) == []
    assert stage.platform.tokens == 2


async def test_rows_wait_for_the_time_the_platform_assigns(stage: Stage) -> None:
    assert await stage.uplink().opens(beijing("10:16")) == beijing("12:00").replace(day=24, hour=2, minute=10)
    assert await stage.uplink(send="at_once").opens(beijing("10:16")) is None


async def test_the_quarters_of_an_hour_are_acknowledged_together(stage: Stage) -> None:
    stage.kept.rows = list(ROWS)
    assert list(await stage.uplink(realtime_minutes=60).send(ROWS)) == []
    (row,) = stage.platform.stored.values()
    assert row["dataValue"] == "49.3600"
    assert stage.taken == [0, 1, 2, 3]


async def test_a_platform_that_repeats_what_it_was_shown_is_told_without_it(stage: Stage) -> None:
    stage.platform.faults = [said("403", None, "token token-1 of Energy@2026")] * 9
    with pytest.raises(SourceRefused) as told:
        await stage.uplink().send(ROWS[:1])
    assert "token-1" not in str(told.value)
    assert PASSWORD not in str(told.value)
    stage.platform.faults = [PlainTextResponse("<html>token-2</html>", 200)]
    with pytest.raises(SourceMalformed) as malformed:
        await stage.uplink().send(ROWS[:1])
    assert "token-" not in str(malformed.value)
