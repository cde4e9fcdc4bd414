"""A metered unit: three simulated meters, and the real probe that reads them and uploads to the hub."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path

from graph.errors import SourceUnreachable
from graph.model.period import BEIJING
from hub.simulate.children import Children, free_port
from hub.simulate.nation import METERED

HOURS = 6  # of simulated time that the probe catches up with
SPEED = 2400  # simulated seconds in a real one: six hours in nine seconds
QUARTER_HOUR_S = 900
MEAN_KW = (900, 400, 250)  # the plant's meter, and those of two processes
METER_SECONDS_MAX = 20.0  # a meter says where it listens, once it does

_DEVICE = """[[devices]]
name = "meter {number}"
protocol = "modbus_tcp"
host = "127.0.0.1"
port = {port}
device_id = 1
map = "eastron_sdm630"
[[devices.points]]
quantity = "import_energy"
data_code = "{code}"
"""
_PROBE = """[probe]
unit = "{unit}"
spool = "{spool}"
cycle_seconds = 300
{devices}
[[uplinks]]
name = "nation"
kind = "nengshu"
url = "{base}"
credential_env = "NENGSHU_PROBE_CREDENTIAL"
"""


class MeteredUnit:
    """Meters and probe of one unit; simulated time begins some hours ago and never passes the real one."""

    def __init__(self, children: Children, folder: Path, unit: str, base: str, credential: str) -> None:
        self._children = children
        self._environment = {"NENGSHU_PROBE_CREDENTIAL": credential}
        self._ports = [free_port() for _ in METERED]
        self._start = _quarter(time.time() - HOURS * 3600)
        self._file = folder / "probe.toml"
        self._file.write_text(_configuration(folder, unit, base, self._ports), encoding="utf-8")

    async def catch_up(self) -> None:
        """Meters and probe in compressed time, from some hours ago to a quarter-hour ago; then they end."""
        epoch = time.time() + 2.0
        meters = await self._meters(SPEED, epoch)
        clock = _clock(self._start, SPEED, epoch)
        probe = await self._children.start(
            ["probe", "run", str(self._file), *clock], self._environment, log="probe"
        )
        caught_up = epoch + (time.time() - self._start - QUARTER_HOUR_S) / SPEED
        await asyncio.sleep(max(0.0, caught_up - time.time()))
        for child in (probe, *meters):
            await self._children.end(child)

    async def go_on(self) -> None:
        """The same meters and probe from now on, at the speed of the real world."""
        await self._meters(1, self._start)
        await self._children.start(["probe", "run", str(self._file)], self._environment, log="probe")

    async def _meters(self, speed: float, epoch: float) -> list[Process]:
        meters = []
        for number, (port, mean_kw) in enumerate(zip(self._ports, MEAN_KW, strict=True), 1):
            words = [
                "simulate",
                "meter",
                "--port",
                str(port),
                "--seed",
                str(number),
                "--mean-kw",
                str(mean_kw),
            ]
            words += _clock(self._start, speed, epoch)
            meters.append(await self._children.start(words, log=f"meter{number}"))
        for meter in meters:
            await _listens(meter)
        return meters


async def _listens(meter: Process) -> None:
    """Until a meter said where it listens. Raises SourceUnreachable."""
    if meter.stdout is None:
        return
    try:
        said = await asyncio.wait_for(meter.stdout.readline(), METER_SECONDS_MAX)
    except TimeoutError as fault:
        raise SourceUnreachable(f"a meter did not listen within {METER_SECONDS_MAX:g} s") from fault
    if not said:
        raise SourceUnreachable("a meter ended before it listened")


def _configuration(folder: Path, unit: str, base: str, ports: Sequence[int]) -> str:
    devices = "".join(
        _DEVICE.format(number=number, port=port, code=code)
        for number, (port, code) in enumerate(zip(ports, METERED, strict=True), 1)
    )
    return _PROBE.format(unit=unit, spool=folder / "spool.sqlite", devices=devices, base=base)


def _quarter(moment: float) -> float:
    return moment - moment % QUARTER_HOUR_S


def _clock(start: float, speed: float, epoch: float) -> list[str]:
    moment = dt.datetime.fromtimestamp(start, BEIJING).isoformat()
    return ["--start", moment, "--speed", str(speed), "--epoch", str(epoch)]
