"""No figure that a register can hold, and no host that a file can name, ends a probe: it is a fault of one meter."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.config_file import load_config
from edge_probe.figures import FIGURE_MAX
from edge_probe.integrating import integrating
from edge_probe.meter_map import load_map
from edge_probe.ports import Answers, Fault
from edge_probe.reaching import SerialLine
from edge_probe.spool import Spool
from edge_probe.watch import Shared, Watch
from tests.edge_probe.fakes import UNIT, FakeMeter, HandClock, beijing, device
from tests.edge_probe.test_gateway import GATEWAY, configured

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("figure", ["3.4e38", "-3.4e38", "-5", "1e200"])
async def test_a_figure_that_no_counter_shows_is_malformed_however_long_it_stays(figure: str) -> None:
    shown, clock, spool = Decimal(1000), HandClock(beijing("10:00")), Spool(Path(":memory:"))
    told: list[str] = []
    shared = Shared(UNIT, clock, spool, dt.timedelta(seconds=30), lambda event: told.append(event.kind))
    watch = Watch(device(), FakeMeter(lambda: shown), shared)
    await watch.look()
    shown = Decimal(figure)
    for _ in range(6):
        clock.moment += dt.timedelta(minutes=15)
        await watch.look()
    shown = Decimal(1010)
    clock.moment += dt.timedelta(minutes=15)
    assert await watch.look()
    assert told == ["meter-malformed", "meter-answers-again"]
    assert sum(row.reading.value for row in spool.between(device().points[0].data_code, *day())) == 10
    spool.close()


def day() -> tuple[dt.datetime, dt.datetime]:
    return beijing("00:00"), beijing("23:45")


async def test_the_largest_figure_fits_the_arithmetic_with_the_largest_ratio() -> None:
    found, clock, spool = device(), HandClock(beijing("10:00")), Spool(Path(":memory:"))
    points = (dataclasses.replace(found.points[0], ct_pt=Decimal("1e9")),)
    many = dataclasses.replace(found, points=points)
    told: list[str] = []
    shared = Shared(UNIT, clock, spool, dt.timedelta(seconds=30), lambda event: told.append(event.kind))
    watch = Watch(many, FakeMeter(lambda: FIGURE_MAX), shared)
    assert not await watch.look()
    assert told == []
    spool.close()


async def test_one_rate_that_cannot_be_does_not_spoil_the_sum(tmp_path: Path) -> None:
    config = load_config(configured(tmp_path, GATEWAY), wiring.protocols(), ["nengshu"])
    gateway = next(each for each in config.devices if each.name == "gateway")

    class Noisy:
        rate = Decimal(60)

        async def read(self) -> Answers:
            return {"fuel_oil": self.rate}

        async def close(self) -> None:
            """There is no line."""

    meter, clock = Noisy(), HandClock(beijing("10:00"))
    counted = integrating(gateway, meter, {}, clock)
    shown = []
    for rate in ("60", "3.4e38", "60"):
        meter.rate = Decimal(rate)
        shown.append((await counted.read())["fuel_oil"])
        clock.moment += dt.timedelta(minutes=1)
    assert isinstance(shown[1], Fault)
    assert shown[2] == 2


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "a\0b"])
@pytest.mark.parametrize("protocol", ["modbus_tcp", "modbus_rtu_tcp", "modbus_rtu", "dlt645_tcp"])
async def test_a_host_that_can_be_no_name_is_a_silent_meter(protocol: str, host: str) -> None:
    found = dataclasses.replace(device(), protocol=protocol, host=host)
    if protocol == "modbus_rtu":
        found = dataclasses.replace(found, port=0, serial=SerialLine())
    if protocol == "dlt645_tcp":
        found = dataclasses.replace(found, map=load_map("dlt645_2007"), settings={"address": "123456789012"})
    meter = wiring.protocols()[protocol].begun().reach(found, found.map)
    (answer,) = (await meter.read()).values()
    assert isinstance(answer, Fault)
    assert answer.kind == "silent"
    await meter.close()
