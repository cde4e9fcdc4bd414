"""The AK dialect over real sockets: a probe that is killed among its records sends none again that was acknowledged."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from edge_probe.readings import Event
from edge_probe.spool import Spool
from tests.edge_probe.ak_double import PASSWORD, AkDouble, said
from tests.edge_probe.fakes import UNIT, reading
from tests.edge_probe.hub_double import until
from tests.edge_probe.platform_double import serving
from tests.edge_probe.simulation import METERED, probe_program
from tests.edge_probe.test_end_to_end import SPEED, probing

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
UPLINK = """
[[uplinks]]
name = "province"
kind = "nhjc_ak"
url = "http://127.0.0.1:{platform}/YNEnergy"
credential_env = "PROBE"

[uplinks.settings]
region = "990000"
valid_means = "0"
send = "at_once"
"""
ROWS = 40


def configured(folder: Path, platform: int) -> Path:
    """A probe whose meter is silent, and which has readings of before to hand over."""
    file = folder / "probe.toml"
    file.write_text(
        METERED.format(unit=UNIT, tolerance=30, meter=9) + UPLINK.format(platform=platform), "utf-8"
    )
    spool = Spool(folder / "spool.sqlite")
    spool.add_uplinks(["province"])
    spool.append([reading(f"{n // 4:02d}:{n % 4 * 15:02d}") for n in range(ROWS)])
    spool.close()
    return file


def noted(folder: Path) -> int:
    """How many records the spool knows to be the platform's own."""
    with closing(sqlite3.connect(folder / "spool.sqlite")) as spool:
        return int(spool.execute("SELECT count(*) FROM taken").fetchone()[0])


async def test_a_probe_killed_among_its_records_sends_no_acknowledged_one_again(tmp_path: Path) -> None:
    platform, epoch = AkDouble(), time.time()
    platform.held = asyncio.Event()
    async with serving(platform) as port:
        file = configured(tmp_path, port)
        async with probe_program(file, epoch, SPEED, shown=PASSWORD, end=signal.SIGKILL):
            await until(lambda: noted(tmp_path) == 2)
            await until(lambda: platform.at_once > 1)
        under_way = len(platform.stored) - 2
        platform.held.set()
        async with probing(file, epoch, list[Event](), PASSWORD):
            await platform.has(ROWS)
            await until(lambda: noted(tmp_path) == 0)
    sent = [message["statDate"] for message in platform.told("/dataEnterpriseEnergy")]
    first = ["2026-11-23 00:00:00", "2026-11-23 00:15:00"]
    assert [sent.count(label) for label in first] == [1, 1]
    assert platform.doubled == under_way


async def test_a_token_that_ends_among_the_records_costs_no_record(tmp_path: Path) -> None:
    platform, told = AkDouble(), list[Event]()
    platform.faults = [None, None, said("401", None, "token 已失效")]
    async with serving(platform) as port, probing(configured(tmp_path, port), time.time(), told, PASSWORD):
        await platform.has(ROWS)
        await until(lambda: noted(tmp_path) == 0)
    assert {event.kind for event in told} <= {"meter-silent"}
    assert (platform.tokens, platform.doubled) == (2, 0)
