"""Simulated MQTT brokers for tests, in the test's own loop, and the device that listens to them."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

from edge_probe.clock import ScaledClock
from edge_probe.config import Device, Point
from edge_probe.logins import Login
from edge_probe.meter_map import load_map
from edge_probe.reaching import TlsFiles
from hub.simulate._meter_load import PlantLoad
from hub.simulate._mqtt_broker import SimulatedBroker
from hub.simulate.meter import SimulatedMeter
from tests.edge_probe.fakes import ELECTRICITY
from tests.edge_probe.simulation import START

USER, PASSWORD = "probe", "a word"
EVERY_S, FRESH_S = 0.02, 0.2


def device_mqtt(
    port: int,
    *names: str,
    timeout_s: float = 0.6,
    settings: Mapping[str, object] | None = None,
    tls: TlsFiles | None = None,
    login: Login | None = None,
) -> Device:
    """A meter whose gateway publishes on loopback, with one counter or these quantities."""
    points = tuple(Point("main", name, ELECTRICITY, Decimal(1)) for name in names or ("import_energy",))
    found, told = load_map("simulated_mqtt"), settings or {"fresh_seconds": str(FRESH_S)}
    login = login or Login(USER, password=PASSWORD)
    where = ("127.0.0.1", port, 1, found, timeout_s, points)
    return Device("main", "mqtt", *where, login=login, settings=told, tls=tls)


@asynccontextmanager
async def published(
    *, map_name: str = "simulated_mqtt", every_s: float | None = EVERY_S, tls: Path | None = None
) -> AsyncIterator[tuple[SimulatedBroker, int]]:
    """A broker with its meter, and its port; without `every_s` it publishes when told to."""
    clock = ScaledClock(START, 1.0, time.time())
    meter = SimulatedMeter(load_map(map_name), PlantLoad(7, START), clock)
    broker = SimulatedBroker(meter, user=USER, password=PASSWORD)
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls)
    server = await broker.listen("127.0.0.1", 0, context)
    publishing = asyncio.create_task(broker.publish_every(every_s)) if every_s else None
    try:
        yield broker, int(server.sockets[0].getsockname()[1])
    finally:
        if publishing:
            publishing.cancel()
            with suppress(asyncio.CancelledError):
                await publishing
        server.close()
        broker.hang_up()
        await broker.ended()
