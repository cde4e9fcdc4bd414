"""A backlog of a unit's months goes up in large batches, each once though the power is cut, within what a small box has."""

from __future__ import annotations

import gzip
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge_probe.readings import QUARTER_HOUR
from edge_probe.spool import Spool
from edge_probe.spool_rows import moment_text
from edge_probe.statements import statement
from edge_probe.uplinks.nengshu import PACE
from tests.edge_probe.fakes import ELECTRICITY, UNIT, beijing
from tests.edge_probe.hub_double import HubDouble, serving, until
from tests.edge_probe.simulation import METERED, probe_program
from tests.edge_probe.test_memory import RESIDENT_KB_MAX, resident_kb

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
WAITING = 60_000
UPLINK = """
[[uplinks]]
name = "province"
url = "http://127.0.0.1:{hub}"
credential_env = "PROBE"
"""


def filled(file: Path) -> None:
    """Quarter-hours of one point, each written a second after it ended, up to last week."""
    spool = Spool(file)
    spool.add_uplinks(["province"])
    spool.close()
    first = beijing("00:00") - WAITING * QUARTER_HOUR
    starts = [first + number * QUARTER_HOUR for number in range(WAITING)]
    rows = [
        {
            "unit": UNIT,
            "data_code": ELECTRICITY,
            "start": moment_text(start),
            "value": f"{number % 9_973}.{number % 7}",
            "origin": "instrument",
            "written_at": moment_text(start + QUARTER_HOUR),
        }
        for number, start in enumerate(starts)
    ]
    with closing(sqlite3.connect(file)) as db:
        db.executemany(statement("add_reading"), rows)
        db.commit()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this machine tells no peak of a process")
async def test_a_long_backlog_goes_up_once_through_a_kill_and_takes_at_most_80_mb(
    tmp_path: Path, unused_port: int
) -> None:
    hub, file = HubDouble(), tmp_path / "probe.toml"
    filled(tmp_path / "spool.sqlite")
    async with serving(hub) as port:
        told = METERED.format(unit=UNIT, tolerance=60, meter=unused_port) + UPLINK.format(hub=port)
        file.write_text(told, "utf-8")
        async with probe_program(file, end=signal.SIGKILL):
            await until(lambda: len(hub.asked) >= 3)
        async with probe_program(file) as pid:
            await hub.has(WAITING)
            peak_kb = resident_kb(pid)
    sizes = [len(gzip.decompress(body).splitlines()) for body in hub.batches.values()]
    assert hub.doubled == []
    assert (len(hub.stored), sum(sizes)) == (WAITING, WAITING)
    assert max(sizes) == PACE.rows_max
    assert peak_kb <= RESIDENT_KB_MAX, f"{peak_kb / 1024:.1f} MB"
