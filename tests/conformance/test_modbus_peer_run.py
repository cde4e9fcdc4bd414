"""A probe beside a meter of libmodbus: what its spool holds is what the meter counted, across the ends of its registers."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe.spool import Spool
from graph.errors import StoreError
from tests.conformance import peers
from tests.conformance.peers import COUNTERS, Peer
from tests.edge_probe.fakes import UNIT
from tests.edge_probe.hub_double import until
from tests.edge_probe.simulation import START, probe_program

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SPEED = 3600.0  # a quarter-hour in a quarter of a second
CODES = {name: f"00{place:02}000002330011" for place, name in enumerate(COUNTERS, 1)}
CONFIG = """
[probe]
unit = "{unit}"
spool = "spool.sqlite"
cycle_seconds = 180
tolerance_seconds = 300

[[devices]]
name = "main"
protocol = "{protocol}"
{way}
device_id = 2
map = "peer.toml"
"""


def configured(folder: Path, peer: Peer) -> Path:
    """A configuration whose platform is not there, each of the meter's counters a data code of its own."""
    way = (
        f'serial_port = "{peer.serial_port}"'
        if peer.serial_port
        else f'host = "127.0.0.1"\nport = {peer.port}'
    )
    points = [
        f'[[devices.points]]\nquantity = "{name}"\ndata_code = "{code}"\n' for name, code in CODES.items()
    ]
    file = folder / "probe.toml"
    points.append('[[uplinks]]\nname = "gone"\nurl = "http://127.0.0.1:1"\ncredential_env = "PROBE"\n')
    (folder / "peer.toml").write_text(peers.counters(), "utf-8")
    text = CONFIG.format(unit=UNIT, protocol=peer.protocol, way=way)
    file.write_text("\n".join([text, *points]), "utf-8")
    return file


def spooled(folder: Path) -> dict[str, list[Decimal]]:
    """The quarter-hours of each counter; none before the probe has made its spool."""
    try:
        spool = Spool(folder / "spool.sqlite", create=False)
    except StoreError:
        return {name: [] for name in COUNTERS}
    try:
        since, ever = START.replace(year=2000), START.replace(year=2100)
        rows = {name: spool.between(code, since, ever) for name, code in CODES.items()}
        return {name: [row.reading.value for row in found] for name, found in rows.items()}
    finally:
        spool.close()


async def has_more(folder: Path, quarters: int) -> None:
    """Wait until each counter has so many quarter-hours more."""
    wanted = {name: len(had) + quarters for name, had in spooled(folder).items()}
    await until(lambda: all(len(had) >= wanted[name] for name, had in spooled(folder).items()), every_s=0.05)


async def test_the_spool_holds_what_the_meter_on_a_bus_counted(slave_program: Path, tmp_path: Path) -> None:
    with peers.libmodbus_slave(slave_program, "modbus_rtu")(0) as peer:
        async with probe_program(configured(tmp_path, peer), time.time(), SPEED):
            await has_more(tmp_path, 1)
            for pulses in (701, 1, 902):
                peer.count(pulses)
                await has_more(tmp_path, 2)
            counted = peer.count(0)
    assert counted == 1604
    totals = {name: sum(found) for name, found in spooled(tmp_path).items()}
    assert totals == {name: counted * kwh for name, (*_, kwh) in COUNTERS.items()}
