"""A probe of fifty meters, with a page and a backlog, stays within what a small box has."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from tests.edge_probe.fakes import UNIT
from tests.edge_probe.hub_double import HubDouble, serving
from tests.edge_probe.simulation import meter_program, probe_program

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
METERS, RESIDENT_KB_MAX = 50, 80_000_000 // 1024  # the smallest boxes have 256 MB for everything
SPEED = 600.0  # a quarter-hour in one and a half seconds
CONFIG = """
[probe]
unit = "{unit}"
spool = "spool.sqlite"
cycle_seconds = 300
tolerance_seconds = 300

[page]
port = {page}

[[uplinks]]
name = "province"
url = "http://127.0.0.1:{hub}"
credential_env = "PROBE"
"""
DEVICE = """
[[devices]]
name = "meter {number}"
host = "127.0.0.1"
port = {meter}
map = "eastron_sdm630"
[[devices.points]]
quantity = "import_energy"
data_code = "01-01-01{number:02d}-023300-11"
"""


def resident_kb(pid: int) -> int:
    """The most that a process ever held in memory."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    (peak,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(peak.split()[1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this machine tells no peak of a process")
async def test_fifty_meters_a_page_and_a_platform_take_at_most_80_mb(
    tmp_path: Path, unused_port: int
) -> None:
    epoch, hub, file = time.time(), HubDouble(), tmp_path / "probe.toml"
    with meter_program(epoch=epoch, speed=SPEED) as meter:
        async with serving(hub) as port:
            devices = "".join(DEVICE.format(number=number, meter=meter) for number in range(1, METERS + 1))
            file.write_text(CONFIG.format(unit=UNIT, page=unused_port, hub=port) + devices, "utf-8")
            async with probe_program(file, epoch, SPEED) as pid, httpx.AsyncClient(trust_env=False) as client:
                await hub.has(3)
                pages = [
                    await client.get(f"http://127.0.0.1:{unused_port}/{path}") for path in ("", "metrics")
                ]
                peak_kb = resident_kb(pid)
    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].text.count('<svg class="curve"') == METERS
    assert peak_kb <= RESIDENT_KB_MAX, f"{peak_kb / 1024:.1f} MB"
