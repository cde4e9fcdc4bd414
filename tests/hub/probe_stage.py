"""A probe's spool of ninety days and the hub it was handed to, over a real socket, in step until a test has them differ."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey
from starlette.routing import BaseRoute

from edge_probe import wiring
from edge_probe.config import ProbeConfig
from edge_probe.readings import Event, Reading
from edge_probe.reconciling import Reconciled, Reconciling
from edge_probe.spool import Spool
from edge_probe.uplinking import Proof
from graph.model.period import midnight
from graph.model.principal import Role
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from tests.edge_probe.fakes import HandClock
from tests.hub.driver import copied
from tests.hub.invented_hub import JIA, WHO, asking, hub_of, of_unit, post, token_of, units_of
from tests.hub.live_hub import serving
from tests.hub.members import add_client
from tests.hub.served_hub import ROOT

UNIT = units_of(JIA)[1].code
CODES = ("0000000002330011", "0101010102330011", "0101010202330011", "0101010302330011")
FIRST, DAYS, QUARTERS = dt.date(2026, 7, 1), 90, 96
ROWS = DAYS * QUARTERS * len(CODES)
QUARTER_HOUR = dt.timedelta(minutes=15)
NOW = midnight(FIRST + dt.timedelta(days=DAYS)) + dt.timedelta(hours=4)
KEPT_SHORT = 2  # days that a hub lacks that was set back to what it was before
NEVER_READ = (20, 50)  # a day and a quarter-hour of which the first data code has no reading
KEY = ECKey.generate_key("P-256", auto_kid=True)
PUBLIC = "https://hub.example"  # what the hub is called, wherever it listens
CREDENTIAL = json.dumps({"client": "probe", "key": KEY.as_dict(private=True), "hub": PUBLIC})
NUMBERS = count()
PATIENCE_S = 30.0  # of a command, so that no test waits for ever
POINT = """
[[devices]]
name = "{code}"
host = "192.0.2.17"
map = "eastron_sdm630"

[[devices.points]]
quantity = "import_energy"
data_code = "{code}"
"""
CONFIG = f"""
[probe]
unit = "{UNIT}"
spool = "spool.sqlite"
{"".join(POINT.format(code=code) for code in CODES)}
[[uplinks]]
name = "province"
url = "http://127.0.0.1:{{port}}"
credential_env = "PROBE"
"""


def start_of(day: int, quarter: int) -> dt.datetime:
    """When a quarter-hour begins, counted from the first one."""
    return midnight(FIRST + dt.timedelta(days=day)) + quarter * QUARTER_HOUR


def written(day: int, quarter: int, code: str) -> Reading:
    """What the probe read."""
    start = start_of(day, quarter)
    value = Decimal(1000 * CODES.index(code) + 10 * day + quarter) / 7
    at = start + dt.timedelta(minutes=16)
    return Reading(UNIT, code, start, value.quantize(Decimal("0.0001")), "instrument", at)


def read(days: range) -> list[Reading]:
    """All that was read on some days."""
    return [
        written(day, quarter, code)
        for day in days
        for quarter in range(QUARTERS)
        for code in CODES
        if (day, quarter, code) != (*NEVER_READ, CODES[0])
    ]


@dataclass
class Step:
    """A probe and the hub it hands its readings to."""

    hub: Hub
    folder: Path
    port: int
    told: list[Event] = field(default_factory=list)

    def configured(self) -> tuple[ProbeConfig, dict[str, Proof]]:
        """As `nengshu probe` is."""
        (self.folder / "probe.toml").write_text(CONFIG.format(port=self.port), "utf-8")
        return wiring.load(self.folder / "probe.toml", {"PROBE": CREDENTIAL})

    @asynccontextmanager
    async def comparing(self) -> AsyncIterator[Reconciling]:
        """What compares both."""
        async with wiring.comparing(*self.configured(), HandClock(NOW), self.told.append) as found:
            reconciling = found["province"]
            assert reconciling is not None
            yield reconciling

    async def reconcile(self, **how: Any) -> Reconciled:
        """What one reconciliation comes to."""
        async with self.comparing() as reconciling:
            return await reconciling.reconcile(**how)

    async def typed(self, *words: str) -> tuple[int, str, str]:
        """`nengshu probe reconcile` as a process of its own: its exit code, what it says, and what it says of faults."""
        self.configured()
        command = [
            sys.executable,
            "-m",
            "edge_probe.cli",
            "reconcile",
            "probe.toml",
            "--start",
            NOW.isoformat(),
        ]
        environ = {**os.environ, "PROBE": CREDENTIAL, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
        program = await asyncio.create_subprocess_exec(
            *command, *words, cwd=self.folder, env=environ, stdout=PIPE, stderr=PIPE
        )
        out, err = await asyncio.wait_for(program.communicate(), PATIENCE_S)
        assert program.returncode is not None
        return program.returncode, out.decode(), err.decode()

    async def tell(self, *rows: Reading, **changes: object) -> None:
        """Somebody else of the unit hands in rows."""
        said = [
            {
                "unit": row.unit,
                "data_code": row.data_code,
                "granularity": "quarter_hour",
                "start": row.start.isoformat(),
                "value": str(row.value),
                "version": row.written_at.isoformat(),
                **changes,
            }
            for row in rows
        ]
        number = next(NUMBERS)
        async with asking(self.hub, token_of(self.hub, f"other-{number}", of_unit(UNIT))) as client:
            reply = await post(client, json.dumps(said).encode(), f"told {number}")
        assert (reply.status_code, reply.json()["rejectedCount"]) == (201, 0), reply.text

    def delete_day(self, day: int) -> None:
        """The hub's store loses a day of the unit."""
        with self.hub.store._database.writing() as cursor:
            cursor.execute("DELETE FROM reading WHERE day = ?", [FIRST + dt.timedelta(days=day)])
            cursor.execute("DELETE FROM card WHERE day = ?", [FIRST + dt.timedelta(days=day)])


async def fill(folder: Path) -> None:
    """Two hubs in this folder, `whole` and `short`, which lacks the last days, and a spool that handed over everything."""
    probe = folder / "probe"
    probe.mkdir()
    with hub_of(folder / "whole", sync_seconds=0, public_url=PUBLIC) as hub:
        points = [
            {"unit": UNIT, "code": code, "granularity": "quarter_hour", "since": FIRST, "state": "active"}
            for code in CODES
        ]
        hub.registry.upsert("data_point", points, WHO)
        jwks = {"keys": [KEY.as_dict(private=False)]}
        add_client(hub.registry, "probe", of_unit(UNIT), (Role.UPLOAD,), jwks=jwks)
        await _hand_over(hub, probe, read(range(DAYS - KEPT_SHORT)))
    shutil.copytree(folder / "whole", folder / "short")
    with open_hub(Settings(data_dir=folder / "whole", sync_seconds=0, public_url=PUBLIC)) as hub:
        await _hand_over(hub, probe, read(range(DAYS - KEPT_SHORT, DAYS)))


async def _hand_over(hub: Hub, folder: Path, readings: list[Reading]) -> None:
    spool = Spool(folder / "spool.sqlite")
    spool.add_uplinks(["province"])
    spool.append(readings)
    spool.close()
    async with serving(hub) as live:
        step = Step(hub, folder, live.port)
        async with step.comparing() as reconciling:
            assert await reconciling._push() is None, step.told
    assert step.told == []


@asynccontextmanager
async def in_step(template: Path, to: Path, *more: BaseRoute, kept: str = "whole") -> AsyncIterator[Step]:
    """Copies of a hub and the probe's folder, at work; what else the hub answers goes before its own."""
    probe = copied(template / "probe", to / "probe")
    settings = Settings(data_dir=copied(template / kept, to / "hub"), sync_seconds=0, public_url=PUBLIC)
    with open_hub(settings) as hub:
        async with serving(hub, *more) as live:
            yield Step(hub, probe, live.port)
