"""The probe's own words of the AK dialect are those the hub answers: a probe hands its readings to a served hub."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_probe.clock import SystemClock
from edge_probe.config import ProbeConfig, UplinkPlan
from edge_probe.fields import Fields
from edge_probe.readings import Reading, Spooled
from edge_probe.uplink_ports import UplinkMeans
from edge_probe.uplinks.nhjc_ak import UPLINK, settings_of
from graph.model.period import UTC
from graph.ports import Ask
from hub.settings import Settings
from hub.wiring import open_hub
from tests.edge_probe.fakes import ELECTRICITY, Remembered, device
from tests.hub.ak_devices import BASE, PASSWORD, UNIT, ak_folder
from tests.hub.served_hub import served

pytestmark = pytest.mark.anyio
ROWS = 20


def rows() -> list[Spooled]:
    """Quarter-hours of some days ago."""
    now = dt.datetime.now(UTC)
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=3)
    each = [first + n * dt.timedelta(minutes=15) for n in range(ROWS)]
    late = dt.timedelta(minutes=16)
    found = [
        Reading(UNIT.text, ELECTRICITY, start, Decimal("1.5"), "instrument", start + late) for start in each
    ]
    return [Spooled(n, one) for n, one in enumerate(found)]


def uplink(address: str, client: httpx.AsyncClient, taken: list[int]) -> Any:
    """A probe's way to a platform."""
    plan = UplinkPlan("province", "nhjc_ak", address + BASE)
    config = ProbeConfig(UNIT, Path("spool"), 60, 30, (device(),), (plan,))
    said = {"region": "920000", "valid_means": "0", "send": "at_once", "coefficients": {"023300": "0.1229"}}
    settings = settings_of(Fields(said, "settings", []))
    kept = {row.reading.start: row for row in rows()}

    def between(_: str, start: dt.datetime, end: dt.datetime) -> list[Spooled]:
        return [row for moment, row in kept.items() if start <= moment < end]

    means = UplinkMeans(
        plan,
        config,
        settings,
        "ab12",
        client,
        SystemClock(),
        Remembered(),
        taken.extend,
        between,
        password=PASSWORD,
    )
    return UPLINK.reach(means)


async def test_a_probe_comes_to_a_token_and_its_records_are_stored(tmp_path: Path) -> None:
    folder, taken = ak_folder(tmp_path, valid_means="0"), list[int]()
    with served(folder, {}) as (_, port):
        async with httpx.AsyncClient(trust_env=False) as client:
            sender = uplink(f"http://127.0.0.1:{port}", client, taken)
            assert list(await sender.send(rows())) == []
            assert list(await sender.send(rows())) == []
    assert sorted(taken) == sorted([*range(ROWS)] * 2)
    with open_hub(Settings(data_dir=folder)) as hub:
        batches = hub.store.rows(Ask("batch")).table
        assert sum(batches["accepted"].to_pylist()) == sum(batches["duplicate"].to_pylist()) == ROWS
        (shown,) = hub.registry.rows(Ask("access_device")).table.to_pylist()
        assert shown["problems"] in (None, "{}")
