"""From a meter's registers to a hub's store, over real sockets and in compressed time: the sum is what was used."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.clock import ScaledClock
from edge_probe.counters import Sample
from edge_probe.readings import QUARTER_HOUR, Event
from tests.edge_probe.fakes import UNIT
from tests.edge_probe.hub_double import CREDENTIAL, HubDouble, serving, until
from tests.edge_probe.simulation import METERED, START, meter_program, probe_program, truth_in

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SPEED = 3600.0  # a quarter-hour in a quarter of a second
TOLERANCE_SECONDS = 300

CONFIG = (
    METERED
    + """
[[uplinks]]
name = "province"
url = "http://127.0.0.1:{hub}"
credential_env = "PROBE"
"""
)


def configured(folder: Path, meter: int, hub: int) -> Path:
    file = folder / "probe.toml"
    file.write_text(CONFIG.format(unit=UNIT, tolerance=TOLERANCE_SECONDS, meter=meter, hub=hub), "utf-8")
    return file


@asynccontextmanager
async def probing(
    file: Path, epoch: float, told: list[Event], shown: str = CREDENTIAL
) -> AsyncIterator[None]:
    """The probe at work within this test; at the end it is stopped and has ended."""
    config, credentials = wiring.load(file, {"PROBE": shown})
    clock = ScaledClock(START, SPEED, epoch)
    async with (
        wiring.assembled(config, credentials, clock, told.append) as probe,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(probe.run())
        yield
        probe.stop()


def near(truth: Sequence[Sample], boundary: dt.datetime) -> set[Decimal]:
    """What the meter showed around a boundary. The meter's moment and the probe's differ by the way of the answer."""
    around = dt.timedelta(seconds=TOLERANCE_SECONDS + 180)
    return {sample.counter for sample in truth if abs(sample.at - boundary) <= around}


def assert_true(hub: HubDouble, truth: Sequence[Sample]) -> None:
    """Nothing is doubled, there is no hole, and each value and the sum are differences of what the meter showed."""
    starts = sorted(dt.datetime.fromisoformat(start) for start in hub.stored)
    assert hub.doubled == []
    assert starts == [starts[0] + n * QUARTER_HOUR for n in range(len(starts))]
    begun, ended = near(truth, starts[0]), near(truth, starts[-1] + QUARTER_HOUR)
    assert hub.total in {end - begin for end in ended for begin in begun}
    for row in hub.stored.values():
        start = dt.datetime.fromisoformat(row["start"])
        if row["origin"] == "instrument":
            used = {b - a for a in near(truth, start) for b in near(truth, start + QUARTER_HOUR)}
            assert Decimal(row["value"]) in used


async def test_the_program_uploads_exactly_what_the_meter_counted_and_ends_when_told(tmp_path: Path) -> None:
    epoch, hub, truth = time.time(), HubDouble(), tmp_path / "truth"
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with serving(hub) as port:
            file = configured(tmp_path, meter, port)
            async with probe_program(file, epoch, SPEED):
                await hub.has(4)
    assert_true(hub, truth_in(truth))


async def test_a_hub_that_is_down_and_comes_back_twice_misses_nothing_and_gets_nothing_twice(
    tmp_path: Path, unused_port: int
) -> None:
    epoch, hub, truth, told = time.time(), HubDouble(), tmp_path / "truth", list[Event]()
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with probing(configured(tmp_path, meter, unused_port), epoch, told):
            await until(lambda: told)
            async with serving(hub, unused_port):
                await hub.has(2)
            had = len(hub.stored)
            await asyncio.sleep(0.6)
            async with serving(hub, unused_port):
                await hub.has(had + 2)
    assert {"source-unreachable", "uplink-works-again"} <= {event.kind for event in told}
    assert_true(hub, truth_in(truth))


async def test_a_reply_lost_after_the_hub_had_stored_is_asked_for_again_under_the_same_key(
    tmp_path: Path,
) -> None:
    epoch, hub, truth, told = time.time(), HubDouble(), tmp_path / "truth", list[Event]()
    hub.replies_to_lose = 1
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with serving(hub) as port, probing(configured(tmp_path, meter, port), epoch, told):
            await hub.has(3)
    assert hub.asked[0] == hub.asked[1]
    assert len(hub.asked) == len(set(hub.asked)) + 1
    kinds = [event.kind for event in told if event.kind.startswith("uplink-")]
    assert kinds[:2] == ["uplink-busy", "uplink-works-again"]
    assert_true(hub, truth_in(truth))


async def test_a_probe_that_is_killed_goes_on_from_its_spool(tmp_path: Path) -> None:
    epoch, hub, truth = time.time(), HubDouble(), tmp_path / "truth"
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with serving(hub) as port:
            file = configured(tmp_path, meter, port)
            async with probe_program(file, epoch, SPEED, end=signal.SIGKILL):
                await hub.has(1)
            async with probing(file, epoch, []):
                await hub.has(4)
    assert_true(hub, truth_in(truth))
