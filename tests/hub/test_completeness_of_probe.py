"""A real probe at a simulated meter: what the meter, and then the probe, kept back is told as lost there."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_probe.config import Device, Point
from edge_probe.delivery import Delivery
from edge_probe.health import Running
from edge_probe.meter_map import load_map
from edge_probe.readings import QUARTER_HOUR
from edge_probe.spool import Spool
from edge_probe.uplinks.nengshu import NengshuUplink
from edge_probe.watch import Shared, Watch
from edge_probe.wiring import protocols
from graph.model.hop import SlotState
from graph.model.period import Period, midnight
from graph.model.principal import Role
from graph.ports import HopAsk
from hub.app import build_app
from hub.settings import Settings
from hub.simulate._meter_load import PlantLoad
from hub.simulate.meter import Faults, SimulatedMeter
from hub.simulate.nation import ELECTRICITY
from hub.wiring import Hub, open_hub
from tests.edge_probe.fakes import HandClock
from tests.edge_probe.simulation import listening
from tests.hub.invented_hub import JIA, WHO, fill, issued, of_unit, units_of
from tests.hub.members import add_client

pytestmark = pytest.mark.anyio
UNIT = units_of(JIA)[2].code
CODE = ELECTRICITY.replace("-", "")
PROBE, ROLES = "probe", (Role.UPLOAD,)
FIRST = dt.date(2026, 10, 5)
TOLERANCE = dt.timedelta(seconds=30)
SILENT = Faults(silent_after=0)


@dataclass
class Renewed:
    """Another token for each request: the clock passes the end of the last one."""

    hub: Hub

    async def headers(self, _method: str, _url: str) -> dict[str, str]:
        """The header."""
        return {"Authorization": f"Bearer {issued(self.hub, PROBE, ROLES)}"}

    def refused(self) -> None:
        """There is no other."""
        raise AssertionError


@dataclass
class Unit:
    """A unit with its meter, its probe's spool and its way to the hub; the probe's clock is set by hand."""

    hub: Hub
    meter: SimulatedMeter
    port: int
    clock: HandClock
    spool: Spool
    delivery: Delivery

    def started(self) -> Watch:
        """The probe as it starts."""
        point = Point("main", "import_energy", CODE, Decimal(1))
        meter_map = load_map("eastron_sdm630")
        device = Device("main", "modbus_tcp", "127.0.0.1", self.port, 1, meter_map, 0.1, (point,))
        reached = protocols()["modbus_tcp"].reach(device, meter_map)
        running = Running(self.spool.spans.alive_at())
        common = UNIT, self.clock, self.spool, TOLERANCE, lambda _: None, self.spool.counters()
        return Watch(device, reached, Shared(*common, running=running))

    async def work(self, watch: Watch, begin: dt.datetime, end: dt.datetime) -> None:
        """Look each quarter-hour from one moment to another, both included, and hand over what there is."""
        at = begin
        while at <= end:
            self.clock.moment = at
            await watch.look()
            at += QUARTER_HOUR
        assert await self.delivery.push() is None

    def states(self, day: dt.date) -> dict[str, int]:
        """What became of a day's quarter-hours."""
        ask = HopAsk(Period.of_days(day, day), units=(UNIT,), data_codes=(CODE,))
        (row,) = self.hub.store.hops(ask).to_pylist()
        assert row["due"] == 96
        assert row["received"] <= row["due"]
        return {state.value: row[state] for state in SlotState if row[state]}

    def facts(self, day: dt.date) -> list[dict[str, Any]]:
        """What is known of that day."""
        ask = HopAsk(Period.of_days(day, day), units=(UNIT,), data_codes=(CODE,))
        found: list[dict[str, Any]] = self.hub.store.evidence(ask).to_pylist()
        return found


@asynccontextmanager
async def unit_in(folder: Path) -> AsyncIterator[Unit]:
    """A unit whose electricity is due each quarter-hour."""
    clock = HandClock(midnight(FIRST))
    fill(folder / "hub", JIA)
    with open_hub(Settings(data_dir=folder / "hub", sync_seconds=0), clock) as hub:
        point = {"unit": UNIT, "code": ELECTRICITY, "granularity": "quarter_hour"}
        hub.registry.upsert("data_point", [point], WHO)
        add_client(hub.registry, PROBE, of_unit(UNIT), ROLES)
        meter = SimulatedMeter(load_map("eastron_sdm630"), PlantLoad(7, midnight(FIRST)), clock)
        transport = httpx.ASGITransport(build_app(hub))
        spool = Spool(folder / "spool.sqlite")
        spool.add_uplinks(["province"])
        async with httpx.AsyncClient(transport=transport) as client, listening(meter) as port:
            uplink = NengshuUplink("province", "http://hub", Renewed(hub), spool.identity, client, UNIT)
            delivery = Delivery("province", uplink, spool, clock, lambda low, _: low, lambda _: None)
            yield Unit(hub, meter, port, clock, spool, delivery)
        spool.close()


async def test_a_meter_silent_for_two_hours_and_a_probe_stopped_for_a_day_are_told_apart(
    tmp_path: Path,
) -> None:
    async with unit_in(tmp_path) as unit:
        first, evening = midnight(FIRST), midnight(FIRST) + dt.timedelta(hours=22)
        watch = unit.started()
        await unit.work(watch, first, evening)
        unit.meter.faults = replace(SILENT, silent_after=unit.meter.asked)
        await unit.work(watch, evening + QUARTER_HOUR, midnight(FIRST + dt.timedelta(days=1)))
        await watch.close()
        assert unit.states(FIRST) == {"on_time": 88, "missing_at_meter": 8}
        (fact,) = unit.facts(FIRST)
        assert (fact["hop"], fact["what"], fact["source"]) == ("missing_at_meter", "silent", "probe")
        assert (fact["data_code"], fact["begins"], fact["ends"]) == (
            CODE,
            evening,
            midnight(FIRST + dt.timedelta(days=1)),
        )

        unit.clock.moment = midnight(FIRST + dt.timedelta(days=2)) + dt.timedelta(hours=2)
        stopped, third = FIRST + dt.timedelta(days=1), FIRST + dt.timedelta(days=2)
        at_midnight = {"missing_at_meter": 1}  # the meter was silent still when the probe looked last
        assert unit.states(stopped) == {**at_midnight, "missing_at_probe": 95}, "nothing came all day"
        assert [fact["source"] for fact in unit.facts(stopped) if fact["hop"] == "missing_at_probe"] == [
            "ledger"
        ]
        watch = unit.started()
        await unit.work(
            watch, midnight(third) + dt.timedelta(hours=3), midnight(third) + dt.timedelta(hours=4)
        )
        await watch.close()
        assert unit.states(stopped) == {**at_midnight, "missing_at_probe": 95}
        told = [fact["what"] for fact in unit.facts(stopped) if fact["source"] == "probe"]
        assert "the probe did not run" in told
        assert unit.states(FIRST) == {"on_time": 88, "missing_at_meter": 8}


async def test_what_came_back_after_a_gap_is_estimated_and_not_missing(tmp_path: Path) -> None:
    async with unit_in(tmp_path) as unit:
        watch = unit.started()
        noon = midnight(FIRST) + dt.timedelta(hours=12)
        await unit.work(watch, midnight(FIRST), noon)
        unit.meter.faults = replace(SILENT, silent_after=unit.meter.asked)
        await unit.work(watch, noon + QUARTER_HOUR, noon + dt.timedelta(hours=2))
        unit.meter.faults = Faults()
        await unit.work(
            watch, noon + dt.timedelta(hours=2, minutes=15), midnight(FIRST + dt.timedelta(days=1))
        )
        await watch.close()
        unit.clock.moment += dt.timedelta(hours=1)
        assert unit.states(FIRST) == {"on_time": 87, "estimated": 9}
        (fact,) = unit.facts(FIRST)
        assert (fact["begins"], fact["ends"]) == (noon, noon + dt.timedelta(hours=2, minutes=15))
