"""From the frames of a meter of DL/T 645-2007, a program of its own, to a hub's store, in compressed time."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe.readings import QUARTER_HOUR, Event
from hub.simulate._meter_load import PlantLoad
from tests.edge_probe.fakes import UNIT
from tests.edge_probe.hub_double import HubDouble, serving
from tests.edge_probe.simulation import START, meter_program
from tests.edge_probe.test_end_to_end import CONFIG, SPEED, TOLERANCE_SECONDS, probing

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ADDRESS = "000000004321"
AROUND = dt.timedelta(seconds=TOLERANCE_SECONDS + 180)  # a sample stands for a boundary that near to it


def configured(folder: Path, meter: int, hub: int) -> Path:
    text = CONFIG.format(unit=UNIT, tolerance=TOLERANCE_SECONDS, meter=meter, hub=hub)
    way = f'map = "dlt645_2007"\nprotocol = "dlt645_tcp"\nsettings = {{ address = "{ADDRESS}" }}'
    file = folder / "probe.toml"
    text = text.replace('quantity = "import_energy"', 'quantity = "import_energy"\nct_pt = 1')
    file.write_text(text.replace('map = "eastron_sdm630"', way), "utf-8")
    return file


async def test_a_hub_gets_what_the_meter_counted_once_and_without_a_hole(tmp_path: Path) -> None:
    epoch, hub, told = time.time(), HubDouble(), list[Event]()
    options, module = ("--address", ADDRESS, "--seed", "3"), "hub.simulate.meter645"
    with meter_program(*options, epoch=epoch, speed=SPEED, module=module) as meter:
        async with serving(hub) as port, probing(configured(tmp_path, meter, port), epoch, told):
            await hub.has(4)
    starts = sorted(dt.datetime.fromisoformat(start) for start in hub.stored)
    assert hub.doubled == []
    assert starts == [starts[0] + n * QUARTER_HOUR for n in range(len(starts))]
    load, end = PlantLoad(3, START, 20_000), starts[-1] + QUARTER_HOUR
    least = load.counter_kwh(end - AROUND) - load.counter_kwh(starts[0] + AROUND)
    most = load.counter_kwh(end + AROUND) - load.counter_kwh(starts[0] - AROUND)
    assert Decimal(0) < least <= hub.total <= most
