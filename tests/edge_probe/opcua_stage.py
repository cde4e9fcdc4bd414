"""Simulated OPC UA servers for tests: one true server, begun once, and before it a front of each test's own that spoils."""

from __future__ import annotations

import asyncio
import atexit
import datetime as dt
import functools
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from edge_probe.clock import ScaledClock
from edge_probe.config import Device, Point
from edge_probe.logins import Login
from edge_probe.meter_map import load_map
from hub.simulate._meter_load import PlantLoad
from hub.simulate._opcua_front import Front
from hub.simulate._opcua_server import Shows, serve_nodes
from hub.simulate.meter import SimulatedMeter
from tests.edge_probe.fakes import ELECTRICITY
from tests.edge_probe.simulation import START

USER, PASSWORD = "probe", "a word"


@dataclass
class Standing:
    """A server that runs in a thread of its own until the tests end, for beginning one takes it a second."""

    shows: Shows
    own: tuple[Path, Path]
    port: int = 0

    def run(self, ready: threading.Event) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        _, self.port = await serve_nodes(self.shows, USER, PASSWORD, self.own)
        ready.set()
        await asyncio.Event().wait()


def certificate(folder: Path, uri: str) -> tuple[Path, Path]:
    """A certificate of an application of OPC UA, which nobody but itself vouches for, and its key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, uri)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    found = folder / "own.pem", folder / "key.pem"
    found[0].write_bytes(made.public_bytes(Encoding.PEM))
    found[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return found


@functools.cache
def standing() -> Standing:
    """The one server."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    found = Standing(Shows(_meter()), certificate(folder, "urn:freeopcua:python:server"))
    ready = threading.Event()
    threading.Thread(target=found.run, args=(ready,), daemon=True).start()
    assert ready.wait(30)
    return found


def _meter() -> SimulatedMeter:
    """A meter that begins now."""
    clock = ScaledClock(START, 1.0, time.time())
    return SimulatedMeter(load_map("simulated_opcua"), PlantLoad(7, START), clock)


def device_opcua(
    port: int, *names: str, timeout_s: float = 0.5, settings: Mapping[str, object] | None = None
) -> Device:
    """A meter on a server on loopback, with one counter or these quantities."""
    points = tuple(Point("main", name, ELECTRICITY, Decimal(1)) for name in names or ("import_energy",))
    found = load_map("simulated_opcua")
    login, told = Login(USER, password=PASSWORD), settings or {}
    return Device("main", "opcua", "127.0.0.1", port, 1, found, timeout_s, points, login=login, settings=told)


@asynccontextmanager
async def fronted() -> AsyncIterator[tuple[Front, Shows, int]]:
    """A front before the server, what the server shows, as sound as at first, and the front's port."""
    server = await asyncio.to_thread(standing)
    shows, sound = server.shows, Shows(_meter())
    shows.__dict__.update(sound.__dict__)
    front = Front(server.port)
    port = await front.listen("127.0.0.1", 0)
    try:
        yield front, shows, port
    finally:
        await front.close()
