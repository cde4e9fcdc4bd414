"""A simulated meter for each way of speaking Modbus, and the device by which a probe reaches it."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from edge_probe.config import Device
from edge_probe.reaching import SerialLine, TlsFiles
from hub.simulate._meter_lines import SerialPair, Speak, port_of
from hub.simulate.meter import SimulatedMeter, serve
from tests.certificates import certificate_of_127
from tests.edge_probe.fakes import device
from tests.edge_probe.simulation import ROOT

# How the simulated meter speaks each of the Modbus protocols.
SPOKEN: Mapping[str, Speak] = {
    "modbus_tcp": Speak.TCP,
    "modbus_rtu": Speak.RTU,
    "modbus_rtu_tcp": Speak.RTU_TCP,
    "modbus_tls": Speak.TLS,
}


def reached(protocol: str, port: int, line: str, folder: Path, timeout_s: float) -> Device:
    """A device of a protocol at a port or on a serial line."""
    found = dataclasses.replace(device(port, timeout_s=timeout_s), protocol=protocol)
    if line:
        return dataclasses.replace(found, host=line, port=0, serial=SerialLine())
    if SPOKEN[protocol] is Speak.TLS:
        return dataclasses.replace(found, tls=TlsFiles(folder / "tls.pem"))
    return found


@asynccontextmanager
async def staged(
    protocol: str, meter: SimulatedMeter, folder: Path, *, timeout_s: float = 0.2, units: int = 1
) -> AsyncIterator[Callable[[int], Device]]:
    """The meter on its line: a function from a unit's address to its device."""
    meter.speak = SPOKEN[protocol]
    tls = certificate_of_127(folder) if meter.speak is Speak.TLS else None
    pair = SerialPair() if meter.speak is Speak.RTU else None
    near, far = (pair.near, pair.far) if pair else ("", "")
    server = await serve(meter, "127.0.0.1", 0, 1, units=units, line=near, tls=tls)
    found = reached(protocol, port_of(server), far, folder, timeout_s)
    try:
        yield lambda unit: dataclasses.replace(found, name=f"unit {unit}", device_id=unit)
    finally:
        server.close()
        if pair:
            pair.close()


@contextmanager
def spoken_by_program(protocol: str, folder: Path, *options: str) -> Iterator[Device]:
    """The device behind `python -m hub.simulate.meter`, told to speak the protocol."""
    tls = ["--tls-file", str(certificate_of_127(folder))]
    command = [sys.executable, "-m", "hub.simulate.meter", "--speak", SPOKEN[protocol], *tls, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        try:
            assert program.stdout is not None
            told = json.loads(program.stdout.readline())
            yield reached(protocol, told["port"], told.get("serialPort", ""), folder, 1.0)
        finally:
            program.send_signal(signal.SIGTERM)
            assert program.wait(5) == 0
