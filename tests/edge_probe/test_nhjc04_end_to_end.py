"""From a meter's registers over the NHJC-04 of a real hub to the figure an agency reads; and a platform that misbehaves."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from edge_probe.readings import QUARTER_HOUR, Event
from graph.model.principal import NATION
from hub.settings import Settings
from hub.wiring import open_registry
from tests.edge_probe.ak_double import PASSWORD
from tests.edge_probe.fakes import UNIT
from tests.edge_probe.hub_double import until
from tests.edge_probe.platform_double import PlatformDouble, refusal, serving
from tests.edge_probe.simulation import METERED, START, meter_program, probe_program, truth_in
from tests.edge_probe.test_end_to_end import SPEED, TOLERANCE_SECONDS, near, probing
from tests.hub.both_ways_stage import Hosted, closing, free_ports
from tests.hub.invented_hub import NATION_OF_TODAY, WHO, fill
from tests.hub.members import token_at

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PROBED = NATION_OF_TODAY.probed
QUESTION = """
query ($unit: String!, $from: Date!) {
  dataPoint(unit: $unit, code: "00-00-0000-023300-11") {
    readings(period: {from: $from, to: $from}, granularity: QUARTER_HOUR) { start end value }
  }
}
"""
CONFIG = (
    METERED
    + """
[[uplinks]]
name = "province"
kind = "{kind}"
url = "http://127.0.0.1:{platform}{below}"
{shown}

[uplinks.settings]
region = "990000"
valid_means = "0"
send = "at_once"
"""
)


NHJC04 = {"kind": "nhjc04", "below": "", "shown": ""}
NHJC_AK = {"kind": "nhjc_ak", "below": "/YNEnergy", "shown": 'credential_env = "PROBE"'}


def configured(
    folder: Path, meter: int, platform: int, unit: str = UNIT, dialect: Mapping[str, str] = NHJC04
) -> Path:
    file = folder / "probe.toml"
    said = {"unit": unit, "tolerance": TOLERANCE_SECONDS, "meter": meter, "platform": platform}
    file.write_text(CONFIG.format(**said, **dialect), "utf-8")
    return file


def hosted(folder: Path) -> Hosted:
    """A hub that the probed unit's device may call."""
    fill(folder, PROBED.province)
    registry = open_registry(Settings(data_dir=folder))
    for dialect in ("nhjc04", "nhjc_ak"):
        link = {"key": dialect, "dialect": dialect, "province": PROBED.province, "address": "devices call"}
        quirks = {"valid_means": "0", "approval": "automatic"}
        registry.upsert("link", [{**link, "quirks": quirks}], WHO)
    registry.close()
    return Hosted(folder, free_ports(1)[0])


def when(text: str) -> dt.datetime:
    """A moment of an answer."""
    return dt.datetime.fromisoformat(text)


async def asked(hub: Hosted, token: str) -> list[dict[str, str]]:
    """What the hub says of the day of the simulation."""
    variables = {"unit": PROBED.code, "from": START.date().isoformat()}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        reply = await client.post(f"{hub.address}/graphql", json={"query": QUESTION, "variables": variables})
    found: list[dict[str, str]] = reply.json()["data"]["dataPoint"]["readings"]
    return found


@pytest.mark.parametrize("dialect", [NHJC04, NHJC_AK], ids=["nhjc04", "nhjc_ak"])
async def test_what_the_meter_counted_is_what_a_hub_that_takes_devices_says(
    tmp_path: Path, dialect: Mapping[str, str]
) -> None:
    epoch, truth, told = time.time(), tmp_path / "truth", list[Event]()
    (tmp_path / "hub").mkdir()
    hub = hosted(tmp_path / "hub")
    token = token_at(hub.data, hub.address, "agency", NATION)
    with (
        closing(hub.serving("--region", PROBED.province)),
        meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter,
    ):
        file = configured(tmp_path, meter, hub.port, PROBED.code, dialect)
        async with probing(file, epoch, told, PASSWORD):
            readings: list[dict[str, str]] = []

            async def has_four() -> bool:
                readings[:] = await asked(hub, token)
                return len(readings) >= 4

            await until(has_four, 20, 0.2)
    assert told == []
    total = sum((Decimal(row["value"]) for row in readings), Decimal(0))
    shown = truth_in(truth)
    begun, ended = near(shown, when(readings[0]["start"])), near(shown, when(readings[-1]["end"]))
    assert total in {end - begin for end in ended for begin in begun}


def assert_true(platform: PlatformDouble, truth: Path) -> None:
    """There is no hole and no zero, and the sum is a difference of what the meter showed, however often it was sent."""
    rows = sorted(platform.stored.values(), key=lambda row: str(row["statDate"]))
    starts = [dt.datetime.fromisoformat(f"{row['statDate']}+08:00") for row in rows]
    assert starts == [starts[0] + n * QUARTER_HOUR for n in range(len(starts))]
    values = [Decimal(row["dataValue"]) for row in rows]
    assert min(values) > 0
    shown = truth_in(truth)
    begun, ended = near(shown, starts[0]), near(shown, starts[-1] + QUARTER_HOUR)
    assert sum(values) in {end - begin for end in ended for begin in begun}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("lost", "uplink-busy"),
        (PlainTextResponse("down", 500), "uplink-busy"),
        (PlainTextResponse("<html>502</html>", 200), "source-malformed"),
        (refusal("解密失败"), "source-refused"),
    ],
    ids=["lost", "500", "html", "undecrypted"],
)
async def test_whatever_a_platform_answers_the_readings_are_there_once_in_the_end(
    tmp_path: Path, fault: object, kind: str
) -> None:
    epoch, platform, truth, told = time.time(), PlatformDouble(), tmp_path / "truth", list[Event]()
    platform.faults = [fault]
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with serving(platform) as port, probing(configured(tmp_path, meter, port), epoch, told):
            await platform.has(3)
            await until(lambda: len(told) >= 2)
    assert [event.kind for event in told] == [kind, "uplink-works-again"]
    assert platform.doubled == (1 if fault == "lost" else 0)
    assert_true(platform, truth)


async def test_a_platform_that_moves_its_data_address_is_followed_without_a_word(tmp_path: Path) -> None:
    epoch, platform, truth, told = time.time(), PlatformDouble(), tmp_path / "truth", list[Event]()
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with serving(platform) as port, probing(configured(tmp_path, meter, port), epoch, told):
            await platform.has(1)
            platform.data_path = "/elsewhere"
            await platform.has(4)
    assert told == []
    assert len(platform.told("/enterprise/register")) == 2
    assert_true(platform, truth)


async def test_a_probe_killed_between_post_and_acknowledgement_goes_on_and_counts_once(
    tmp_path: Path,
) -> None:
    epoch, platform, truth = time.time(), PlatformDouble(), tmp_path / "truth"
    platform.faults, platform.held = ["held"], asyncio.Event()
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with serving(platform) as port:
            file = configured(tmp_path, meter, port)
            async with probe_program(file, epoch, SPEED, end=signal.SIGKILL):
                await platform.has(1)
            platform.held.set()
            first = platform.posts[0]
            async with probing(file, epoch, []):
                await platform.has(4)
    assert platform.posts[1][: len(first)] == first
    assert len(platform.told("/enterprise/register")) == 1
    assert_true(platform, truth)
