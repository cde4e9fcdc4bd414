"""Many devices at once, a record a POST: all get in beside everybody else, who does not notice them."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.hub.ak_devices import BASE, RECORD, Device, ak_folder
from tests.hub.served_hub import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
SENDERS, EACH = 60, 5
SETTINGS = {"NENGSHU_CONCURRENCY_MAX": "4", "NENGSHU_STREAMS_MAX": "1"}


async def send(client: httpx.AsyncClient, token: str, sender: int, told: Counter[str]) -> None:
    """One device's records of days nobody else speaks of."""
    for number in range(EACH):
        place = sender * EACH + number
        day = f"2025-{1 + place // 28:02d}-{1 + place % 28:02d}"
        message = {**RECORD, "statDate": f"{day} 00:00:00", "dataValue": str(place)}
        reply = await client.post(BASE + "/dataEnterpriseEnergy", json=message, headers={"token": token})
        told[f"{reply.status_code} {reply.json()['responseCode']}"] += 1


async def burst(address: str, token: str) -> tuple[Counter[str], Counter[int]]:
    """What all devices are told, and what somebody is who asks for something else all the while."""
    told: Counter[str] = Counter()
    beside: Counter[int] = Counter()
    limits = httpx.Limits(max_connections=SENDERS + 1)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60, trust_env=False) as client:
        devices = asyncio.gather(*(send(client, token, sender, told) for sender in range(SENDERS)))
        while not devices.done():
            beside[(await client.get("/healthz")).status_code] += 1
        await devices
    return told, beside


def test_devices_take_nobodys_place_and_everybody_gets_in(tmp_path: Path) -> None:
    folder = ak_folder(tmp_path)
    with served(folder, SETTINGS) as (_, port):
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, trust_env=False) as client:
            device = Device(client).begin()
        told, beside = asyncio.run(burst(address, str(device.shown)))
    assert told == {"200 200": SENDERS * EACH}
    assert beside.keys() == {200}
